import * as fc from 'fast-check';
import { join } from 'node:path';
import { rmSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { planExt4 } from '../../src/emit/ext4/plan-ext4.ts';
import { scratch } from '../support/cli.ts';
import { compareMounted, e2fsck, ext4Settings, writeImage } from '../support/ext4-oracle.ts';
import { memoryBlobs } from '../support/memory-blobs.ts';
import { randomTree, type RandomNode } from '../support/random-tree.ts';
import { differencesOf, readBack } from '../support/read-back.ts';
import { treeWithBlobs } from '../support/tree-blobs.ts';
import { treeOf } from '../../src/tree/sort.ts';

/** ext4 images of random trees before e2fsck and the kernel. Thousands of them are in test/prove. */

const origin = { kind: 'pass', pass: 'test' } as const;
const common = { mode: 0o755, uid: 0, gid: 0, mtimeSeconds: 1_700_000_000, origin };
const root: RandomNode = { ...common, type: 'directory', path: '' };
const isRoot = process.geteuid?.() === 0;

test('200 random trees: e2fsck finds nothing, our reader what went in, and of every 16th the kernel too', async () => {
  const folder = scratch();
  let count = 0;
  await fc.assert(
    fc.asyncProperty(
      randomTree,
      fc.constantFrom(undefined, 1024 as const, 4096 as const),
      fc.boolean(),
      async (nodes, blockBytes, journal) => {
        // A name of its own: the kernel may still hold pages of the one before.
        const file = join(folder, `image-${String(count++)}`);
        await writeImage(nodes, file, { blockBytes, journalBlocks: journal ? 1024 : undefined });
        expect(e2fsck(file)).toBe('');
        expect(differencesOf(treeWithBlobs(nodes, memoryBlobs()), await readBack(file, folder))).toEqual([]);
        const isMounted = isRoot && count % 16 === 0;
        expect(isMounted ? compareMounted(nodes, file, join(folder, 'mnt')) : []).toEqual([]);
        rmSync(file);
      },
    ),
    { numRuns: 200, endOnFailure: true },
  );
});

test.each<[string, Parameters<typeof writeImage>[2]]>([
  ['as small as it can be', {}],
  ['of a given size, with a last group that is cut off', { sizeBytes: 9 * 8192 * 1024 + 5 * 1024 }],
  ['of a given size with a journal', { sizeBytes: 300_000_000, journalBlocks: 1024 }],
  ['with many inodes', { inodes: 20_000 }],
])('a folder of 3000 files and a file over several groups, %s', async (_title, options) => {
  const nodes: RandomNode[] = [root, { ...common, type: 'directory', path: 'many' }];
  nodes.push({ ...common, type: 'file', path: 'large', bytes: Buffer.alloc(45_000_000, 'abcdefg') });
  for (let i = 0; i < 3000; i++) {
    nodes.push({ ...common, type: 'file', path: `many/file-${String(i)}`, bytes: Buffer.from(String(i)) });
  }
  const folder = scratch();
  const file = join(folder, 'image');
  await writeImage(nodes, file, options);
  expect(e2fsck(file)).toBe('');
  expect(statSync(file).size).toBe(options?.sizeBytes ?? statSync(file).size);
  expect(isRoot ? compareMounted(nodes, file, join(folder, 'mnt')) : []).toEqual([]);
});

test.each<[string, RandomNode, Parameters<typeof writeImage>[2], RegExp]>([
  ['a name of 256 bytes', { ...common, type: 'directory', path: 'n'.repeat(256) }, {}, /too long for ext4/],
  [
    'a target longer than a block',
    { ...common, type: 'symlink', path: 'l', target: 't'.repeat(4096) },
    {},
    /target of the symbolic link/,
  ],
  [
    'attributes of an unknown name space',
    { ...common, type: 'directory', path: 'd', xattrs: new Map([['odd.x', Buffer.of(1)]]) },
    {},
    /odd\.x/,
  ],
  [
    'more attributes than a block',
    { ...common, type: 'directory', path: 'd', xattrs: new Map([['user.x', Buffer.alloc(5000)]]) },
    {},
    /more extended attributes/,
  ],
  [
    'a tree that is too large',
    { ...common, type: 'directory', path: 'd' },
    { sizeBytes: 8192 },
    /does not fit into 8192 bytes/,
  ],
  ['more inodes than asked for', { ...common, type: 'directory', path: 'd' }, { inodes: 8 }, /inodes/],
])('%s is refused', async (_title, node, options, words) => {
  await expect(writeImage([root, node], '/dev/null', options)).rejects.toThrow(words);
});

test('an image is as small as it can be: one block less, and it does not fit', () => {
  const tree = treeOf([
    { ...common, type: 'directory', path: '' },
    { ...common, type: 'directory', path: 'bin' },
  ]);
  const { sizeBytes } = planExt4(tree, ext4Settings);
  expect(() => planExt4(tree, { ...ext4Settings, sizeBytes })).not.toThrow();
  expect(() => planExt4(tree, { ...ext4Settings, sizeBytes: sizeBytes - 1024 })).toThrow(/does not fit/);
});
