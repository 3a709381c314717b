import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { imageFileKind } from '../../src/image/image-file-kind.ts';
import { readFileSystem } from '../../src/image/read-file-system.ts';
import { createContext } from '../../src/io/create-context.ts';
import { defaultLimits, type Limits } from '../../src/io/limits.ts';
import type { Tree } from '../../src/tree/node.ts';
import { scratch } from '../support/cli.ts';
import { memoryBlobs } from '../support/memory-blobs.ts';

/** Images that are well formed but for one lie; the tools of the field made them. */

const kinds = ['ext4', 'squashfs', 'cpio'] as const;
type Kind = (typeof kinds)[number];

/** `first/` and `second/` with a file each, metadata neither compressed nor summed. */
function make(kind: Kind): Buffer {
  const root = join(scratch(), 'root');
  for (const name of ['first-folder', 'second-folder']) {
    mkdirSync(join(root, name), { recursive: true });
    const path = join(root, name, `in-${name}`);
    writeFileSync(path, 'x');
    // A hole: the content is larger than its image.
    truncateSync(path, 400_000);
  }
  const file = join(scratch(), 'image');
  if (kind === 'ext4') {
    const features = ['-t', 'ext4', '-O', '^metadata_csum,^has_journal,^resize_inode,^dir_index'];
    execFileSync('mke2fs', ['-q', '-F', ...features, '-b', '1024', '-N', '32', '-d', root, file, '300']);
  } else if (kind === 'squashfs') {
    execFileSync('mksquashfs', [root, file, '-noI', '-noD', '-noF', '-quiet', '-no-progress', '-nopad']);
  } else {
    const names = execFileSync('find', ['.', '-print0'], { cwd: root });
    return execFileSync('cpio', ['-o', '-0', '-H', 'newc', '--quiet'], { cwd: root, input: names });
  }
  return readFileSync(file);
}

async function read(bytes: Uint8Array, limits: Partial<Limits> = {}): Promise<Tree> {
  const ctx = { ...createContext(), limits: { ...defaultLimits, ...limits }, emit: () => undefined };
  const folder = scratch();
  const file = join(folder, 'image');
  writeFileSync(file, bytes);
  const { compression, fileSystem } = await imageFileKind(ctx, file, 'image');
  if (fileSystem === undefined) throw new Error('not the image of a file system');
  const settings = { blobs: memoryBlobs(), source: 'image', scratch: folder };
  return await readFileSystem(ctx, file, { compression, fileSystem }, settings);
}

/** The image with every occurrence of a name replaced by another of the same length. */
function renamed(bytes: Buffer, from: string, to: string): Buffer {
  const copy = Buffer.from(bytes);
  expect(to).toHaveLength(from.length);
  expect(copy.indexOf(from)).toBeGreaterThan(0);
  for (let at = copy.indexOf(from); at !== -1; at = copy.indexOf(from, at + 1)) copy.write(to, at, 'latin1');
  return copy;
}

describe.each(kinds)('%s', (kind) => {
  test('what it really holds', async () => {
    const tree = await read(make(kind));
    expect([...tree.keys()].filter((path) => path !== '').toSorted()).toEqual([
      'first-folder',
      'first-folder/in-first-folder',
      'second-folder',
      'second-folder/in-second-folder',
    ]);
  });

  test.each([
    ['entries', { entries: 4 }, { entries: 6 }],
    ['bytes of a file', { fileBytes: 399_999 }, { fileBytes: 400_000 }],
    ['bytes of all files', { packageBytes: 799_999 }, { packageBytes: 810_000 }],
  ] as const)('more %s than are allowed are KP4003', async (_, limits, enough) => {
    const bytes = make(kind);
    await expect(read(bytes, limits)).rejects.toMatchObject({ code: 'KP4003', exitCode: 5 });
    await expect(read(bytes, enough)).resolves.toBeInstanceOf(Map);
  });
});

test.each(['ext4', 'squashfs'] as const)('%s: a name that leads elsewhere is KP4013', async (kind) => {
  for (const [to, says] of [
    ['in-first/folder', 'has a slash'],
    ['in-first\0folder', 'has a zero byte'],
  ] as const) {
    await expect(read(renamed(make(kind), 'in-first-folder', to))).rejects.toMatchObject({
      code: 'KP4013',
      exitCode: 5,
      message: expect.stringContaining(says) as string,
    });
  }
});

/** An empty file in the form newc. */
function cpioEntry(name: string): Buffer {
  const fields = [1, 0o100644, 0, 0, 1, 0, 0, 0, 0, 0, 0, name.length + 1, 0];
  const head = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`;
  return Buffer.from(head.padEnd(Math.ceil(head.length / 4) * 4, '\0'));
}

function cpioArchive(name: string): Buffer {
  return Buffer.concat([cpioEntry(name), cpioEntry('TRAILER!!!')]);
}

test('cpio: a name of 256 bytes is KP4013, of 255 it is read', async () => {
  expect([...(await read(cpioArchive(`a/${'x'.repeat(255)}`))).keys()]).toContain(`a/${'x'.repeat(255)}`);
  await expect(read(cpioArchive(`a/${'x'.repeat(256)}`))).rejects.toMatchObject({ code: 'KP4013', exitCode: 5 });
});

test('ext4: a folder within itself is KP4014', async () => {
  const bytes = make('ext4');
  // A directory entry: the number of the inode stands eight bytes before the name.
  const of = (name: string): number => bytes.indexOf(`\x02${name}`, 0, 'latin1') + 1 - 8;
  const within = Buffer.from(bytes);
  within.writeUInt32LE(bytes.readUInt32LE(of('first-folder')), of('second-folder'));
  await expect(read(within)).rejects.toMatchObject({ code: 'KP4014', exitCode: 5 });
  const itself = Buffer.from(bytes);
  itself.writeUInt32LE(2, of('second-folder'));
  await expect(read(itself)).rejects.toMatchObject({ code: 'KP4014' });
});

test('squashfs: a folder that stands in two places is KP4014', async () => {
  const bytes = make('squashfs');
  // A directory entry: offset of the inode, difference of its number, type, length of the name less one, name.
  const of = (name: string): number =>
    bytes.indexOf(Buffer.concat([Buffer.from([1, 0, name.length - 1, 0]), Buffer.from(name)])) - 4;
  const twice = Buffer.from(bytes);
  expect(of('first-folder')).toBeGreaterThan(0);
  twice.writeUInt16LE(bytes.readUInt16LE(of('first-folder')), of('second-folder'));
  await expect(read(twice)).rejects.toMatchObject({ code: 'KP4014', exitCode: 5 });
});
