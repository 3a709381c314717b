import { crc32c } from '../../codec/crc32c.ts';
import { inodeFlags } from '../../codec/ext4/read-format.ts';
import { imageFileError } from '../image-file-error.ts';
import { blockRuns } from './block-runs.ts';
import type { Inode } from './inode.ts';
import type { Volume } from './volume.ts';

export interface DirectoryEntry {
  readonly inode: number;
  readonly name: Uint8Array;
  /** In the image. */
  readonly at: number;
}

const entryHeaderBytes = 8;
const tail = { bytes: 12, type: 0xde } as const;

/**
 * The entries of a directory without `.` and `..`, block by block. The blocks of its index (htree) look like blocks without
 * entries, so that nothing has to be known of hashes.
 *
 * @throws KilopyError KP4011
 */
export async function* directoryEntries(
  volume: Volume,
  inode: Inode,
  path: string,
  inline: Uint8Array | undefined,
): AsyncGenerator<DirectoryEntry, void> {
  const { image, blockBytes } = volume;
  if ((inode.flags & inodeFlags.inlineData) !== 0) {
    // The number of the folder above, and then entries in two parts.
    yield* entriesOf(volume, inode.block.subarray(4), inode.at, path);
    if (inline !== undefined) yield* entriesOf(volume, inline, inode.at, path);
    return;
  }
  if (inode.sizeBytes % blockBytes !== 0 || inode.sizeBytes > image.sizeBytes)
    throw imageFileError('KP4011', image.place(inode.at, path), 'a folder has a size that none has');
  let next = 0;
  for await (const { logical, start, blocks } of blockRuns(volume, inode, path)) {
    if (logical !== next) throw imageFileError('KP4011', image.place(inode.at, path), 'a folder has a hole');
    next = logical + blocks;
    for (let i = 0; i < blocks; i++) {
      const at = (start + i) * blockBytes;
      const block = Buffer.from(await image.small(at, blockBytes, path));
      compareTail(volume, inode, block, at, path);
      const isFirst = logical + i === 0;
      let count = 0;
      for (const entry of entriesOf(volume, block, at, path)) {
        const isDots =
          isFirst && count < 2 && entry.name.every((byte) => byte === 0x2e) && entry.name.length === count + 1;
        count += 1;
        if (!isDots) yield entry;
      }
    }
  }
  if (next * blockBytes !== inode.sizeBytes)
    throw imageFileError('KP4011', image.place(inode.at, path), 'a folder ends before its size');
}

function* entriesOf(
  volume: Volume,
  bytes: Buffer | Uint8Array,
  at: number,
  path: string,
): Generator<DirectoryEntry, void> {
  const block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let offset = 0; offset < block.length;) {
    const fail = (): Error =>
      imageFileError('KP4011', volume.image.place(at + offset, path), 'an entry of the folder is damaged');
    if (offset + entryHeaderBytes > block.length) throw fail();
    const inode = block.readUInt32LE(offset);
    const stored = block.readUInt16LE(offset + 4);
    const entryBytes = (stored === 0 || stored === 0xffff) && block.length === 2 ** 16 ? 2 ** 16 : stored;
    // Without types the upper byte of the length stands there; it is 0, for names of 255 bytes.
    const nameBytes = volume.hasTypes ? block.readUInt8(offset + 6) : block.readUInt16LE(offset + 6);
    if (entryBytes % 4 !== 0 || entryBytes < entryHeaderBytes + nameBytes || offset + entryBytes > block.length)
      throw fail();
    if (inode !== 0) {
      const start = offset + entryHeaderBytes;
      yield { inode, name: block.subarray(start, start + nameBytes), at: at + offset };
    }
    offset += entryBytes;
  }
}

/** The last entry of a block with a checksum has no inode and a type of its own. */
function compareTail(volume: Volume, inode: Inode, block: Buffer, at: number, path: string): void {
  const { seed } = inode;
  const start = block.length - tail.bytes;
  if (seed === undefined || block.readUInt32LE(start) !== 0 || block.readUInt16LE(start + 4) !== tail.bytes) return;
  if (block.readUInt8(start + 7) !== tail.type) return;
  if (crc32c(block.subarray(0, start), seed) !== block.readUInt32LE(start + 8))
    throw imageFileError('KP4011', volume.image.place(at, path), 'the checksum of a folder is wrong');
}
