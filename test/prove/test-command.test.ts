import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkout, runCli, scratch } from '../support/cli.ts';
import { fillTargets } from '../support/filled-store.ts';
import { deadNetwork } from '../support/recorded-mirror.ts';

/** The tests of examples/http on every machine and every target that the test store has. */
test.each([
  ['podman', 'linux/amd64'],
  ['runc', 'linux/amd64'],
  ...fillTargets.map((target) => [undefined, target] as const),
])('machine %s, %s', async (machine, target) => {
  const folder = scratch();
  cpSync(join(checkout, 'examples/http'), join(folder, 'app'), { recursive: true });
  const words = ['--target', target, ...(machine === undefined ? [] : ['--machine', machine])];
  const { stdout, status } = await runCli(['test', 'app', '--offline', ...words], { cwd: folder, env: deadNetwork });
  expect(stdout).toMatch(/: [1-9]\d* passed, 0 failed, 0 skipped\n/u);
  expect(status).toBe(0);
});
