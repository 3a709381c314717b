import { detectCompression, type Compression } from '../codec/compression.ts';
import { magic as ext4Magic, sb, superblockAt } from '../codec/ext4/format.ts';
import { headerChecksums } from '../codec/tar/fields.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import { imageFileError } from './image-file-error.ts';
import { plainChunks } from './plain-chunks.ts';

export type FileSystemKind = 'ext4' | 'squashfs' | 'cpio';

export interface ImageFileKind {
  /** Around the whole file. */
  readonly compression: Compression;
  /** Undefined: no file system that is known by its first bytes; perhaps a tar archive. */
  readonly fileSystem: FileSystemKind | undefined;
}

/** Enough for the superblock of ext4. */
const headBytes = 2048;

/** What others are called, by bytes and their place, so that a message can say what a file is. */
const others: readonly (readonly [string, number, readonly number[]])[] = [
  ['EROFS', 1024, [0xe2, 0xe1, 0xf5, 0xe0]],
  ['XFS', 0, [0x58, 0x46, 0x53, 0x42]],
  ['UBI', 0, [0x55, 0x42, 0x49, 0x23]],
  ['UBIFS', 0, [0x31, 0x18, 0x10, 0x06]],
  ['JFFS2', 0, [0x85, 0x19]],
  ['JFFS2', 0, [0x19, 0x85]],
  ['cramfs', 0, [0x45, 0x3d, 0xcd, 0x28]],
  ['cramfs', 0, [0x28, 0xcd, 0x3d, 0x45]],
  ['romfs', 0, [0x2d, 0x72, 0x6f, 0x6d, 0x31, 0x66, 0x73, 0x2d]],
  ['a disk with partitions', 510, [0x55, 0xaa]],
];

/**
 * What an image is, by its own bytes and not by its name.
 *
 * @throws KilopyError KP1203 for what is no image, KP4012 for file systems that are known by name and not read, KP4001 for damaged compression
 */
export async function imageFileKind(ctx: Context, path: string, source: string): Promise<ImageFileKind> {
  const compression = detectCompression(await firstBytes(ctx.fs.readStream(path), 6));
  const head = await firstBytes(plainChunks(ctx, ctx.fs.readStream(path)), headBytes);
  const fileSystem = fileSystemOf(head);
  if (fileSystem !== undefined || isTar(head)) return { compression, fileSystem };
  for (const [name, at, bytes] of others) {
    if (!bytes.every((byte, i) => head[at + i] === byte)) continue;
    throw imageFileError(
      'KP4012',
      { source, format: name, offset: at },
      `the image is ${name}, which kilopy does not read`,
    );
  }
  if (isOldTar(head)) return { compression, fileSystem: undefined };
  throw new KilopyError('KP1203', `${source} is no image that kilopy reads`, {
    where: source,
    why: 'by its first bytes it is neither a tar archive nor cpio, ext4, squashfs, a .deb nor an .apk',
    fix: 'name an image of a container or of a root file system',
  });
}

function fileSystemOf(head: Buffer): FileSystemKind | undefined {
  if (isTar(head)) return undefined;
  const text = head.toString('latin1', 0, 6);
  if (/^(?:hsqs|sqsh)/u.test(text)) return 'squashfs';
  if (/^07070[127]$/u.test(text) || /^(?:\xc7\x71|\x71\xc7)/u.test(text)) return 'cpio';
  const at = superblockAt + sb.magic;
  return head.length >= at + 2 && head.readUInt16LE(at) === ext4Magic ? 'ext4' : undefined;
}

/** The magic of ustar and GNU tar. */
function isTar(head: Buffer): boolean {
  return head.toString('latin1', 257, 262) === 'ustar';
}

/** Archives without a magic have a checksum in their first header; an empty one begins with zeros. */
function isOldTar(head: Buffer): boolean {
  const block = head.subarray(0, 512);
  if (block.length < 512) return false;
  const { unsigned, signed } = headerChecksums(block);
  const stored = Number.parseInt(block.toString('latin1', 148, 156), 8);
  return block.every((byte) => byte === 0) || stored === unsigned || stored === signed;
}

async function firstBytes(chunks: AsyncIterable<Uint8Array>, count: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let have = 0;
  for await (const chunk of chunks) {
    parts.push(chunk.slice(0, count));
    have += chunk.length;
    if (have >= count) break;
  }
  return Buffer.concat(parts).subarray(0, count);
}
