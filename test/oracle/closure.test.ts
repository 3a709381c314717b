import { expect, test } from 'vitest';
import { slim } from '../../src/passes/slim.ts';
import { installedPackages, packageOf } from '../support/installed-packages.ts';
import { runInRoot } from '../support/run-in-root.ts';

test.each([
  ['/usr/bin/openssl', ['version']],
  ['/usr/bin/curl', ['--version']],
  ['/usr/bin/git', ['--version']],
])('of %s and its dependencies, what the closure keeps is enough for it to start', async (program, words) => {
  const { tree, blobs } = installedPackages([packageOf(program)]);
  const result = await slim(tree, blobs, { mode: 'closure', entries: [program], wished: new Set() });
  expect(result.report.droppedBytes).toBeGreaterThan(5_000_000);
  expect(await runInRoot(result.tree, blobs, [program, ...words])).toMatchObject({ status: 0 });
});
