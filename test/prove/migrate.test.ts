import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scratch, testStore } from '../support/cli.ts';
import { dockerfileCases } from '../support/dockerfiles.ts';
import { productInit } from '../support/init-machine.ts';
import { startMigrateMirrors, type MigrateMirrors } from '../support/migrate-mirrors.ts';
import { runMigrated } from '../support/migrated-run.ts';

/** Dockerfiles whose images need the runtime with TLS or init, which only this run has compiled; see test/e2e/migrate.test.ts. */

let mirrors: MigrateMirrors;

beforeAll(async () => {
  mirrors = await startMigrateMirrors();
});

afterAll(() => {
  mirrors.close();
});

test.each(dockerfileCases.filter(({ compiled }) => compiled !== undefined))('$title', async (row) => {
  if (row.compiled === 'init') await productInit(scratch(), process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64');
  expect(await runMigrated(row, mirrors, storeFor)).toMatchObject({ status: 0, stdout: row.says });
});

/** Packages of a server that lives for a moment do not stay in the store of the tests. */
function storeFor(base: string): string {
  return base === 'static' ? testStore : linkedStore();
}

/** Nothing in a store is changed in place, so that files can be shared. */
function linkedStore(): string {
  const place = join(scratch(), 'store');
  if (spawnSync('cp', ['-a', '--link', testStore, place]).status !== 0)
    cpSync(testStore, place, { recursive: true, preserveTimestamps: true });
  return place;
}
