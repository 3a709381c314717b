import {
  extentMagic,
  extraInodeBytes,
  ino,
  inlineExtents,
  inodeBytes,
  kinds,
  usesExtents,
} from '../../codec/ext4/format.ts';
import type { Extent } from './geometry.ts';
import type { PlannedInode } from './plan-ext4.ts';

/** An inode of 256 bytes. */
export function formatInode(inode: PlannedInode, blockBytes: number): Uint8Array {
  const { facts, kind, links, sizeBytes, inline, xattrs, xattrBlock, extents, leaves } = inode;
  const bytes = Buffer.alloc(inodeBytes);
  bytes.writeUInt16LE(kinds[kind].mode | facts.mode, ino.mode);
  bytes.writeUInt16LE(facts.uid & 0xffff, ino.uid);
  bytes.writeUInt16LE(facts.uid >>> 16, ino.uidHigh);
  bytes.writeUInt16LE(facts.gid & 0xffff, ino.gid);
  bytes.writeUInt16LE(facts.gid >>> 16, ino.gidHigh);
  bytes.writeUInt32LE(sizeBytes % 2 ** 32, ino.size);
  bytes.writeUInt32LE(Math.floor(sizeBytes / 2 ** 32), ino.sizeHigh);
  bytes.writeUInt16LE(links, ino.links);
  const blocks = extents.reduce(
    (sum, extent) => sum + extent.blocks,
    leaves.length + (xattrBlock === undefined ? 0 : 1),
  );
  bytes.writeUInt32LE((blocks * blockBytes) / 512, ino.sectors);
  bytes.writeUInt16LE(extraInodeBytes, ino.extraBytes);
  writeTimes(bytes, facts.mtimeSeconds);
  if (xattrBlock !== undefined) bytes.writeUInt32LE(xattrBlock.at, ino.xattrBlock);
  if (xattrs !== undefined) bytes.set(xattrs, ino.xattrs);
  if (inline !== undefined) bytes.set(inline, ino.block);
  else {
    bytes.writeUInt32LE(usesExtents, ino.flags);
    bytes.set(extentRoot(extents, leaves, blockBytes), ino.block);
  }
  return bytes;
}

/** Seconds in 32 bits with a sign, and two more bits above them. */
function writeTimes(bytes: Buffer, seconds: number): void {
  const low = seconds | 0;
  const epoch = Math.round((seconds - low) / 2 ** 32) & 3;
  for (const at of [ino.accessTime, ino.changeTime, ino.modifyTime, ino.createTime]) bytes.writeInt32LE(low, at);
  for (const at of [ino.accessExtra, ino.changeExtra, ino.modifyExtra, ino.createExtra]) bytes.writeUInt32LE(epoch, at);
}

/** The 60 bytes in the inode: up to four extents, or where the blocks with them are. */
export function extentRoot(extents: readonly Extent[], leaves: readonly number[], blockBytes: number): Uint8Array {
  if (leaves.length === 0) return extentNode(extents, 0, inlineExtents, 60);
  const perLeaf = extentsPerLeaf(blockBytes);
  const bytes = Buffer.alloc(60);
  writeHeader(bytes, leaves.length, inlineExtents, 1);
  let logical = 0;
  for (const [i, leaf] of leaves.entries()) {
    bytes.writeUInt32LE(logical, 12 + i * 12);
    bytes.writeUInt32LE(leaf, 16 + i * 12);
    for (const extent of extents.slice(i * perLeaf, (i + 1) * perLeaf)) logical += extent.blocks;
  }
  return bytes;
}

/** The blocks with extents of an inode, in order. */
export function extentLeaves({ extents, leaves }: PlannedInode, blockBytes: number): readonly Uint8Array[] {
  const perLeaf = extentsPerLeaf(blockBytes);
  let logical = 0;
  return leaves.map((_, i) => {
    const own = extents.slice(i * perLeaf, (i + 1) * perLeaf);
    const bytes = extentNode(own, logical, perLeaf, blockBytes);
    logical += own.reduce((sum, extent) => sum + extent.blocks, 0);
    return bytes;
  });
}

export function extentsPerLeaf(blockBytes: number): number {
  return Math.floor((blockBytes - 12) / 12);
}

function extentNode(extents: readonly Extent[], firstLogical: number, max: number, size: number): Uint8Array {
  const bytes = Buffer.alloc(size);
  writeHeader(bytes, extents.length, max, 0);
  let logical = firstLogical;
  for (const [i, { start, blocks }] of extents.entries()) {
    bytes.writeUInt32LE(logical, 12 + i * 12);
    // 32 768, the most, stands for itself here.
    bytes.writeUInt16LE(blocks, 16 + i * 12);
    bytes.writeUInt32LE(start, 20 + i * 12);
    logical += blocks;
  }
  return bytes;
}

function writeHeader(bytes: Buffer, entries: number, max: number, depth: number): void {
  bytes.writeUInt16LE(extentMagic, 0);
  bytes.writeUInt16LE(entries, 2);
  bytes.writeUInt16LE(max, 4);
  bytes.writeUInt16LE(depth, 6);
}
