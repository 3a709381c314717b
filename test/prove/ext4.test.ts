import * as fc from 'fast-check';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../support/cli.ts';
import { compareMounted, e2fsck, writeImage } from '../support/ext4-oracle.ts';
import { judgeByDebugfs } from '../support/judge-ext4.ts';
import { memoryBlobs } from '../support/memory-blobs.ts';
import { differencesOf, readBack } from '../support/read-back.ts';
import { treeWithBlobs } from '../support/tree-blobs.ts';
import { randomTree } from '../support/random-tree.ts';
import { whole } from '../support/extent.ts';

const count = whole ? 2000 : 600;
/** Of so many trees one is judged by all; by e2fsck each is. */
const every = whole ? 1 : 10;

test(`${String(count)} random trees: e2fsck finds nothing, debugfs, the kernel and our reader (of every ${String(every)}.) what went in`, async () => {
  const folder = scratch();
  let at = 0;
  await fc.assert(
    fc.asyncProperty(
      randomTree,
      fc.constantFrom(1024 as const, 4096 as const),
      fc.nat(3),
      async (nodes, blockBytes, journal) => {
        const file = join(folder, `image-${String(at++)}`);
        await writeImage(nodes, file, { blockBytes, journalBlocks: journal === 0 ? 1024 : undefined });
        expect(e2fsck(file)).toBe('');
        const isJudged = at % every === 0;
        expect(isJudged ? compareMounted(nodes, file, join(folder, 'mnt')) : []).toEqual([]);
        expect(isJudged ? judgeByDebugfs(nodes, file, folder) : []).toEqual([]);
        const wanted = treeWithBlobs(nodes, memoryBlobs());
        expect(isJudged ? differencesOf(wanted, await readBack(file, folder)) : []).toEqual([]);
        rmSync(file);
      },
    ),
    { numRuns: count, endOnFailure: true },
  );
});
