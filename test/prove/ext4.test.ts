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

test(`${String(count)} random trees: e2fsck finds nothing, debugfs, the kernel and our reader (of every tenth) what went in`, async () => {
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
        expect(at % 10 === 0 ? compareMounted(nodes, file, join(folder, 'mnt')) : []).toEqual([]);
        const isTenth = at % 10 === 0;
        expect(isTenth ? judgeByDebugfs(nodes, file, folder) : []).toEqual([]);
        const wanted = treeWithBlobs(nodes, memoryBlobs());
        expect(isTenth ? differencesOf(wanted, await readBack(file, folder)) : []).toEqual([]);
        rmSync(file);
      },
    ),
    { numRuns: count, endOnFailure: true },
  );
});
