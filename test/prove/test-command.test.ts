import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkout, runCli, scratch } from '../support/cli.ts';
import { fillTargets, unfilled } from '../support/filled-store.ts';
import { deadNetwork } from '../support/recorded-mirror.ts';

/** The tests of examples/http on every machine and every target that the test store has. */
const places: readonly (readonly [machine: string | undefined, target: string])[] = [
  ['podman', 'linux/amd64'],
  ['runc', 'linux/amd64'],
  ...fillTargets.map((target) => [undefined, target] as const),
];

test.for(places)('machine %s, %s', async ([machine, target], { skip }) => {
  skip(unfilled(target) !== undefined, unfilled(target));
  const folder = scratch();
  cpSync(join(checkout, 'examples/http'), join(folder, 'app'), { recursive: true });
  const words = ['--base', 'debian', '--target', target, ...(machine === undefined ? [] : ['--machine', machine])];
  const { stdout, status } = await runCli(['test', 'app', '--offline', ...words], { cwd: folder, env: deadNetwork });
  expect(stdout).toMatch(/: [1-9]\d* passed, 0 failed, 0 skipped\n/u);
  expect(status).toBe(0);
});
