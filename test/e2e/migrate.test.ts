import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli, scratch, testStore } from '../support/cli.ts';
import { dockerfileCases } from '../support/dockerfiles.ts';
import { startMigrateMirrors, type MigrateMirrors } from '../support/migrate-mirrors.ts';
import { runMigrated } from '../support/migrated-run.ts';

/** What `kilopy migrate` writes is built and run: packages of Debian from the test store, the others from this machine. */
describe('a Dockerfile becomes a container that runs', () => {
  let mirrors: MigrateMirrors;

  beforeAll(async () => {
    mirrors = await startMigrateMirrors();
  });

  afterAll(() => {
    mirrors.close();
  });

  // The others: test/prove/migrate.test.ts.
  test.each(dockerfileCases.filter(({ compiled }) => compiled === undefined))(
    '$title',
    async (row) => {
      expect(await runMigrated(row, mirrors, storeFor)).toMatchObject({ status: 0, stdout: row.says });
    },
    120_000,
  );
});

function storeFor(base: string): string {
  return base === 'static' || base === 'debian' ? testStore : scratch();
}

test('the text names lines, and a refusal has its code and place', async () => {
  const folder = scratch();
  writeFileSync(join(folder, 'main.py'), 'print(1)\n');
  writeFileSync(
    join(folder, 'Dockerfile'),
    'FROM alpine:3.24\nRUN apk add micropython\nRUN pip install x\nCOPY . /app\nCMD ["micropython", "/app/main.py"]\n',
  );
  const { stdout, status } = await runCli(['migrate'], { cwd: folder });
  expect(status).toBe(0);
  expect(stdout).toContain('not carried over\nDockerfile:3: RUN pip install x\n');
  expect(stdout).toContain('\nNext: kilopy build .\n');
  const again = await runCli(['migrate'], { cwd: folder });
  expect(again.status).toBe(2);
  expect(again.stderr).toContain('error KP2352: kilopy.yaml is there already');
});
