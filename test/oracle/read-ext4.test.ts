import * as fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../support/cli.ts';
import { writeImage } from '../support/ext4-oracle.ts';
import { memoryBlobs } from '../support/memory-blobs.ts';
import { mke2fsKinds } from '../support/mke2fs-kinds.ts';
import { folderAsTree, originalFolder } from '../support/original-folder.ts';
import { randomTree } from '../support/random-tree.ts';
import { differencesOf, readBack } from '../support/read-back.ts';
import { treeWithBlobs } from '../support/tree-blobs.ts';

/** The reader of ext4 before our own writer and before mke2fs. Thousands of trees are in test/prove. */

test('200 random trees that we wrote are read back byte for byte', async () => {
  const folder = scratch();
  const file = join(folder, 'image');
  await fc.assert(
    fc.asyncProperty(randomTree, fc.constantFrom(1024 as const, 4096 as const), async (nodes, blockBytes) => {
      await writeImage(nodes, file, { blockBytes });
      expect(differencesOf(treeWithBlobs(nodes, memoryBlobs()), await readBack(file, folder))).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

test.each(mke2fsKinds.slice(0, 3).concat(mke2fsKinds.slice(-1)))(
  '%s of mke2fs -d is the folder',
  async (_title, options) => {
    const folder = originalFolder();
    const file = join(scratch(), 'image');
    execFileSync('mke2fs', ['-q', '-F', ...options, '-d', folder, file, '12M']);
    const found = differencesOf(await folderAsTree(folder), await readBack(file, scratch()));
    expect(found.filter((line) => line !== ': time')).toEqual([]);
  },
);

test('extended attributes of mke2fs, in the inode and in a block, and access lists', async () => {
  const folder = join(scratch(), 'root');
  mkdirSync(folder);
  writeFileSync(join(folder, 'f'), 'f');
  const attributes = { 'user.small': 's', 'user.large': 'l'.repeat(700), 'user.empty': '' };
  for (const [name, value] of Object.entries(attributes)) {
    const script = 'import os,sys;os.setxattr(sys.argv[1],sys.argv[2],sys.argv[3].encode())';
    execFileSync('python3', ['-c', script, join(folder, 'f'), name, value]);
  }
  const file = join(scratch(), 'image');
  execFileSync('mke2fs', ['-q', '-F', '-t', 'ext4', '-O', 'metadata_csum', '-d', folder, file, '8M']);
  const found = (await readBack(file, scratch())).get('f')?.xattrs ?? new Map<string, Uint8Array>();
  expect(Object.fromEntries([...found].map(([name, value]) => [name, Buffer.from(value).toString()]))).toEqual(
    attributes,
  );
});

test('the same compressed with gzip; a journal that was not played back is refused by name', async () => {
  const folder = scratch();
  const file = join(folder, 'image');
  mkdirSync(join(folder, 'root'));
  writeFileSync(join(folder, 'root/f'), 'f');
  execFileSync('mke2fs', ['-q', '-F', '-t', 'ext4', '-d', join(folder, 'root'), file, '8M']);
  const plain = await readBack(file, scratch());
  execFileSync('gzip', ['-k', file]);
  expect(differencesOf(plain, await readBack(`${file}.gz`, scratch()))).toEqual([]);
  execFileSync('debugfs', ['-w', '-R', 'feature needs_recovery', file], { stdio: 'ignore' });
  await expect(readBack(file, scratch())).rejects.toMatchObject({
    code: 'KP4012',
    message: expect.stringContaining('a journal that was not played back') as string,
  });
});
