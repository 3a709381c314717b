import type { BlobSource } from '../../values/blob.ts';
import { descriptorBytes, inodeBytes, kinds, superblockAt } from '../../codec/ext4/format.ts';
import { extentLeaves, formatInode } from './format-inode.ts';
import { formatSuperblock, lastInode } from './format-superblock.ts';
import type { Group } from './geometry.ts';
import type { Ext4Plan, PlannedInode } from './plan-ext4.ts';
import { BlobReader } from './blob-reader.ts';

/** Bytes of content in flight. */
const pieceBytes = 256 * 1024;

/** A part of the image: bytes of ours, or so many of the file that is under way. */
type Part = { readonly at: number } & (
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'file'; readonly inode: PlannedInode; readonly sizeBytes: number; readonly isFirst: boolean }
);

/** The image from its first byte to its last. What nothing stands in is zeros. */
export async function* writeExt4(plan: Ext4Plan, blobs: BlobSource): AsyncGenerator<Uint8Array, void> {
  let at = 0;
  let file: BlobReader | undefined;
  for (const part of partsOf(plan)) {
    yield* zeros(part.at - at);
    if (part.kind === 'bytes') {
      yield part.bytes;
      at = part.at + part.bytes.length;
      continue;
    }
    const { content } = part.inode;
    if (content?.kind !== 'blob') throw new TypeError('a part of a file without content');
    if (part.isFirst) {
      await file?.close();
      file = new BlobReader(blobs.open(content.ref));
    }
    for (let left = part.sizeBytes; left > 0;) {
      const piece = await file?.read(Math.min(left, pieceBytes));
      if (piece === undefined || piece.length === 0) throw new RangeError('a file is shorter than its size says');
      yield piece;
      left -= piece.length;
    }
    at = part.at + part.sizeBytes;
  }
  await file?.close();
  yield* zeros(plan.sizeBytes - at);
}

function* zeros(bytes: number): Generator<Uint8Array, void> {
  const piece = Buffer.alloc(Math.min(bytes, pieceBytes));
  for (let left = bytes; left > 0; left -= piece.length) yield left < piece.length ? piece.subarray(0, left) : piece;
}

/** In ascending order of their place; the blocks of one file are not mixed with those of another. */
function partsOf(plan: Ext4Plan): readonly Part[] {
  const { blockBytes } = plan.geometry;
  const tables = plan.geometry.groups.flatMap((group, index) => groupParts(plan, group, index));
  const contents = plan.inodes.flatMap((inode) => inodeParts(inode, blockBytes));
  return [...tables, ...contents].sort((a, b) => a.at - b.at);
}

function groupParts(plan: Ext4Plan, group: Group, index: number): readonly Part[] {
  const { geometry, usedBlocks } = plan;
  const { blockBytes, inodesPerGroup } = geometry;
  const parts: Part[] = [];
  if (group.hasSuperblock) {
    const at = group.start * blockBytes + (index === 0 && blockBytes > 1024 ? superblockAt : 0);
    parts.push({ kind: 'bytes', at, bytes: formatSuperblock(plan, index) });
    parts.push({ kind: 'bytes', at: (group.start + 1) * blockBytes, bytes: descriptors(plan) });
  }
  const used = bitmap(usedBlocks[index] ?? 0, group.blocks, blockBytes);
  parts.push({ kind: 'bytes', at: group.blockBitmap * blockBytes, bytes: used });
  const inodes = bitmap(usedInodes(plan, index), inodesPerGroup, blockBytes);
  parts.push({ kind: 'bytes', at: group.inodeBitmap * blockBytes, bytes: inodes });
  parts.push({ kind: 'bytes', at: group.inodeTable * blockBytes, bytes: inodeTable(plan, index) });
  return parts;
}

/** The first `used` bits, and those behind the last one that there is, which stand for nothing. */
function bitmap(used: number, count: number, blockBytes: number): Uint8Array {
  const bytes = Buffer.alloc(blockBytes);
  for (let bit = 0; bit < used; bit++) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (1 << (bit & 7));
  for (let bit = count; bit < blockBytes * 8; bit++) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (1 << (bit & 7));
  return bytes;
}

function usedInodes(plan: Ext4Plan, index: number): number {
  const { inodesPerGroup } = plan.geometry;
  return Math.max(0, Math.min(inodesPerGroup, lastInode(plan) - index * inodesPerGroup));
}

function groupOf(plan: Ext4Plan, { number }: PlannedInode): number {
  return Math.floor((number - 1) / plan.geometry.inodesPerGroup);
}

function descriptors(plan: Ext4Plan): Uint8Array {
  const { groups, inodesPerGroup, descriptorBlocks, blockBytes } = plan.geometry;
  const bytes = Buffer.alloc(descriptorBlocks * blockBytes);
  const folders = new Map<number, number>();
  for (const inode of plan.inodes) {
    if (kinds[inode.kind] === kinds.directory)
      folders.set(groupOf(plan, inode), (folders.get(groupOf(plan, inode)) ?? 0) + 1);
  }
  for (const [index, group] of groups.entries()) {
    const at = index * descriptorBytes;
    bytes.writeUInt32LE(group.blockBitmap, at);
    bytes.writeUInt32LE(group.inodeBitmap, at + 4);
    bytes.writeUInt32LE(group.inodeTable, at + 8);
    bytes.writeUInt16LE(group.blocks - (plan.usedBlocks[index] ?? 0), at + 12);
    bytes.writeUInt16LE(inodesPerGroup - usedInodes(plan, index), at + 14);
    bytes.writeUInt16LE(folders.get(index) ?? 0, at + 16);
  }
  return bytes;
}

function inodeTable(plan: Ext4Plan, index: number): Uint8Array {
  const { inodesPerGroup, blockBytes } = plan.geometry;
  const first = index * inodesPerGroup + 1;
  const bytes = Buffer.alloc(inodesPerGroup * inodeBytes);
  for (const inode of plan.inodes) {
    const at = (inode.number - first) * inodeBytes;
    if (at >= 0 && at < bytes.length) bytes.set(formatInode(inode, blockBytes), at);
  }
  return bytes;
}

function inodeParts(inode: PlannedInode, blockBytes: number): readonly Part[] {
  const parts: Part[] = [];
  const { content, extents, leaves, xattrBlock, sizeBytes } = inode;
  if (xattrBlock !== undefined) {
    parts.push({ kind: 'bytes', at: xattrBlock.at * blockBytes, bytes: xattrBlock.bytes });
  }
  for (const [i, bytes] of extentLeaves(inode, blockBytes).entries()) {
    parts.push({ kind: 'bytes', at: (leaves[i] ?? 0) * blockBytes, bytes });
  }
  let done = 0;
  for (const { start, blocks } of extents) {
    const bytes = Math.min(blocks * blockBytes, sizeBytes - done);
    const at = start * blockBytes;
    if (content?.kind === 'bytes') parts.push({ kind: 'bytes', at, bytes: content.bytes.subarray(done, done + bytes) });
    else parts.push({ kind: 'file', at, inode, sizeBytes: bytes, isFirst: done === 0 });
    done += bytes;
  }
  return parts;
}
