import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { scratch } from '../support/cli.ts';
import { judgeCpio, judgeSquashfs, judgeTar, within32Bits } from '../support/judge-outputs.ts';
import { memoryBlobs } from '../support/memory-blobs.ts';
import { randomTree } from '../support/random-tree.ts';
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
