import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli, scratch } from '../support/cli.ts';
import { dockerfileCases } from '../support/dockerfiles.ts';
import { deadNetwork } from '../support/recorded-mirror.ts';

/** What `kilopy migrate` writes is built and run, without network, where the test store has the packages. */
const built = [
  ['the official image, with mip', 'micropython', 'hello\n'],
  ['compiled in a stage of its own, started from scratch', '/bin/micropython', ''],
  ['CPython, with what pip brings, a health check and a volume', 'python', 'hello\n'],
] as const;

test.each(built)(
  '%s',
  async (title, program, says) => {
    const row = dockerfileCases.find((one) => one.title === title);
    const folder = join(scratch(), 'greeter');
    expect(row?.dockerfile).toContain(program);
    for (const [path, text] of Object.entries({ ...row?.files, Dockerfile: row?.dockerfile ?? '' })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const migrated = await runCli(['migrate', folder, '--json'], { env: deadNetwork });
    expect(migrated).toMatchObject({ status: 0 });
    const result = JSON.parse(migrated.stdout) as { folder: string; notes: { line: number }[] };
    expect(result.notes.length).toBeGreaterThan(0);
    const ran = await runCli(['run', result.folder, '--offline', '--quiet'], { env: deadNetwork });
    expect(ran).toMatchObject({ status: 0, stdout: says });
  },
  60_000,
);

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
