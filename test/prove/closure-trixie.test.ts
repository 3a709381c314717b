import { expect, test } from 'vitest';
import { slim } from '../../src/passes/slim.ts';
import { closurePrograms, closureRoot } from '../support/closure-programs.ts';
import { folderTree } from '../support/folder-tree.ts';
import { runInRoot } from '../support/run-in-root.ts';

/** Programs of trixie, as kilopy unpacked them, each with only what its closure keeps of all of them together. */

test(`${String(closurePrograms.length)} programs of trixie start from what the closure keeps`, async () => {
  const { tree, blobs } = folderTree(closureRoot);
  const faults: string[] = [];
  let keptFiles = 0;
  for (const [name, program, words = ['--version']] of closurePrograms) {
    const path = `/${program}`;
    const { tree: kept } = await slim(tree, blobs, { mode: 'closure', entries: [path], wished: new Set() });
    keptFiles += [...kept.values()].filter(({ type }) => type === 'file').length;
    const { status, output } = await runInRoot(kept, blobs, [path, ...words]);
    if (status !== 0) faults.push(`${name}: ${path} ended with ${String(status)}: ${output.slice(0, 300)}`);
  }
  expect(faults).toEqual([]);
  expect(closurePrograms.length).toBeGreaterThan(30);
  // Else nothing would have been proved: the closures are small.
  expect(keptFiles / closurePrograms.length).toBeLessThan(100);
});
