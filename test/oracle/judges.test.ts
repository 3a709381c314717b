import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { scratch } from '../support/cli.ts';
import { judgeCpio, judgeSquashfs, judgeTar, within32Bits } from '../support/judge-outputs.ts';
import { memoryBlobs } from '../support/memory-blobs.ts';
import { randomTree, type RandomNode } from '../support/random-tree.ts';
import { treeWithBlobs } from '../support/tree-blobs.ts';

/** The same random trees before unsquashfs, GNU cpio and GNU tar. More of them are in test/prove. */

const isRoot = process.geteuid?.() === 0;

test.skipIf(!isRoot).each([
  ['squashfs', judgeSquashfs],
  ['cpio', judgeCpio],
  ['tar', judgeTar],
] as const)('%s: its own tool finds what went in', async (_name, judge) => {
  const folder = scratch();
  await fc.assert(
    fc.asyncProperty(randomTree, async (nodes) => {
      const blobs = memoryBlobs();
      expect(await judge(treeWithBlobs(within32Bits(nodes), blobs), blobs, folder)).toEqual([]);
    }),
    { numRuns: 4, endOnFailure: true },
  );
});

test.skipIf(!isRoot)('GNU tar leaves the time of a folder whose name begins the one beside it', async () => {
  const origin = { kind: 'pass', pass: 'test' } as const;
  const common = { mode: 0o755, uid: 0, gid: 0, mtimeSeconds: 1_000_000_000, origin };
  const nodes: readonly RandomNode[] = [
    { ...common, type: 'directory', path: '' },
    { ...common, type: 'directory', path: 'a' },
    { ...common, type: 'file', path: 'a/c', bytes: Buffer.from('c') },
    { ...common, type: 'file', path: 'a.b', bytes: Buffer.from('b') },
  ];
  const blobs = memoryBlobs();
  expect(await judgeTar(treeWithBlobs(nodes, blobs), blobs, scratch())).toEqual([]);
});
