import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { collect } from '../support/collect.ts';
import { scratch } from '../support/cli.ts';
import { memoryBlobs } from '../support/memory-blobs.ts';
import { folderAsTree, originalFolder } from '../support/original-folder.ts';
import { differencesOf, readBack } from '../support/read-back.ts';
import { treeToCpio } from '../../src/emit/cpio.ts';

/** The readers of squashfs and cpio before mksquashfs and GNU cpio. Random trees are in test/oracle/judges.test.ts. */

test.each([
  ['xz', ['-b', '64K']],
  ['xz', ['-Xbcj', 'x86,arm,armthumb,powerpc,sparc', '-b', '16K']],
  ['gzip', ['-b', '128K', '-always-use-fragments']],
  ['zstd', ['-b', '1M', '-no-fragments']],
  ['lz4', ['-b', '4K', '-noI', '-noF']],
])('mksquashfs with %s %j is the folder', async (compression, options) => {
  const folder = originalFolder();
  const file = join(scratch(), 'image');
  execFileSync('mksquashfs', [folder, file, '-comp', compression, ...options, '-quiet', '-no-progress']);
  const tree = await folderAsTree(folder);
  expect(differencesOf(tree, await readBack(file, scratch()))).toEqual([]);
  execFileSync('gzip', [file]);
  expect(differencesOf(tree, await readBack(`${file}.gz`, scratch()))).toEqual([]);
});

test.each(['lzo', 'lzma'])('squashfs with %s is refused by name', async (compression) => {
  const file = join(scratch(), 'image');
  execFileSync('mksquashfs', [originalFolder(), file, '-comp', compression, '-quiet', '-no-progress']);
  await expect(readBack(file, scratch())).rejects.toMatchObject({
    code: 'KP4012',
    message: expect.stringContaining(compression.toUpperCase()) as string,
  });
});

test.each([
  ['newc', undefined],
  ['crc', undefined],
  ['newc', 'gzip'],
  ['newc', 'xz'],
  ['newc', 'zstd'],
])('GNU cpio in the form %s, %s, is the folder', async (form, compressor) => {
  const folder = originalFolder();
  const names = execFileSync('find', ['.', '-print0'], { cwd: folder });
  const archive = execFileSync('cpio', ['-o', '-0', '-H', form, '--quiet'], {
    cwd: folder,
    input: names,
    maxBuffer: 2 ** 26,
  });
  const file = join(scratch(), 'image');
  const packed =
    compressor === undefined ? archive : execFileSync(compressor, ['-c'], { input: archive, maxBuffer: 2 ** 26 });
  writeFileSync(file, packed);
  expect(differencesOf(await folderAsTree(folder), await readBack(file, scratch()))).toEqual([]);
});

async function twoFiles(content: string): Promise<Buffer> {
  const blobs = memoryBlobs();
  const origin = { kind: 'pass', pass: 'test' } as const;
  const common = { mode: 0o755, uid: 0, gid: 0, mtimeSeconds: 1, origin };
  const nodes = [
    { ...common, type: 'directory' as const, path: '' },
    { ...common, type: 'file' as const, path: content, content: blobs.add(content) },
    { ...common, type: 'file' as const, path: 'same', content: blobs.add(content) },
  ];
  return collect(treeToCpio(new Map(nodes.map((node) => [node.path, node])), blobs));
}

test('archives one after the other, the last compressed, as kernels take them; later entries win', async () => {
  const file = join(scratch(), 'image');
  const last = spawnSync('xz', ['-c', '--check=crc32'], { input: await twoFiles('second') }).stdout;
  writeFileSync(file, Buffer.concat([await twoFiles('first'), Buffer.alloc(512), last]));
  const tree = await readBack(file, scratch());
  expect([...tree.keys()].toSorted()).toEqual(['', 'first', 'same', 'second']);
  expect(tree.get('same')).toMatchObject({ content: { sizeBytes: 6 } });
});

test('the older forms of cpio are refused by name', async () => {
  const file = join(scratch(), 'image');
  writeFileSync(file, execFileSync('cpio', ['-o', '-H', 'odc', '--quiet'], { input: '.\n', cwd: scratch() }));
  await expect(readBack(file, scratch())).rejects.toMatchObject({ code: 'KP4012' });
});
