import * as fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../support/cli.ts';
import { whole } from '../support/extent.ts';
import { judgeCpio, judgeSquashfs, judgeTar, within32Bits } from '../support/judge-outputs.ts';
import { memoryBlobs } from '../support/memory-blobs.ts';
import { mke2fsKinds } from '../support/mke2fs-kinds.ts';
import { folderAsTree, originalFolder } from '../support/original-folder.ts';
import { randomTree } from '../support/random-tree.ts';
import { differencesOf, readBack } from '../support/read-back.ts';
import { treeWithBlobs } from '../support/tree-blobs.ts';

const count = whole ? 2000 : 20;

test.each([
  ['squashfs', judgeSquashfs],
  ['cpio', judgeCpio],
  ['tar', judgeTar],
] as const)(
  `${String(count)} random trees as %s: its own tool and our reader find what went in`,
  async (_name, judge) => {
    const folder = scratch();
    await fc.assert(
      fc.asyncProperty(randomTree, async (nodes) => {
        const blobs = memoryBlobs();
        expect(await judge(treeWithBlobs(within32Bits(nodes), blobs), blobs, folder)).toEqual([]);
      }),
      { numRuns: count, endOnFailure: true },
    );
  },
);

test.each(mke2fsKinds)('%s of mke2fs -d is the folder', async (_title, options) => {
  const folder = originalFolder();
  const file = join(scratch(), 'image');
  execFileSync('mke2fs', ['-q', '-F', ...options, '-d', folder, file, '16M']);
  const found = differencesOf(await folderAsTree(folder), await readBack(file, scratch()));
  expect(found.filter((line) => line !== ': time')).toEqual([]);
});

test('a file of ext2 with pointers three levels deep', async () => {
  const folder = join(scratch(), 'root');
  mkdirSync(folder);
  const bytes = Buffer.alloc(70_000_000);
  for (let at = 0; at + 8 <= bytes.length; at += 4096) bytes.writeUInt32LE(at + 1, at);
  writeFileSync(join(folder, 'deep'), bytes);
  const file = join(scratch(), 'image');
  execFileSync('mke2fs', ['-q', '-F', '-t', 'ext2', '-b', '1024', '-d', folder, file, '90M']);
  const blobs = memoryBlobs();
  const node = (await readBack(file, scratch(), blobs)).get('deep');
  if (node?.type !== 'file') throw new Error('no file');
  expect(Buffer.compare(blobs.contents.get(node.content.digest) ?? Buffer.alloc(0), bytes)).toBe(0);
});
