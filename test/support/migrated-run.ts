import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { runCli, scratch, type CliResult } from './cli.ts';
import type { DockerfileCase } from './dockerfiles.ts';
import type { MigrateMirrors } from './migrate-mirrors.ts';

/**
 * Writes the Dockerfile and what lies beside it, has it migrated, and builds and runs what came of it.
 *
 * @param store where kilopy keeps what it fetches, by the base
 */
export async function runMigrated(
  { dockerfile, files }: DockerfileCase,
  mirrors: MigrateMirrors,
  store: (base: string) => string,
): Promise<CliResult> {
  const folder = join(scratch(), 'greeter');
  for (const [path, text] of Object.entries({ ...files, Dockerfile: dockerfile })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const migrated = await runCli(['migrate', folder, '--json'], { env: mirrors.env });
  expect(migrated).toMatchObject({ status: 0 });
  const result = JSON.parse(migrated.stdout) as { readonly folder: string; readonly base: string };
  mirrors.addKeys(result.folder);
  const isServed = result.base === 'alpine' || result.base === 'openwrt';
  const words = ['run', result.folder, '--quiet', ...(isServed ? [] : ['--offline'])];
  return await runCli(words, { env: { ...mirrors.env, KILOPY_CACHE: store(result.base) } });
}
