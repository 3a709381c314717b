import { extraInodeBytes, features, firstInode, inodeBytes, journalInode, magic, sb } from '../../codec/ext4/format.ts';
import { extentRoot } from './format-inode.ts';
import type { Ext4Plan } from './plan-ext4.ts';

/** The superblock of 1024 bytes, or its copy in another group. */
export function formatSuperblock(plan: Ext4Plan, group: number): Uint8Array {
  const { geometry, options, inodes, usedBlocks } = plan;
  const { groups, inodesPerGroup, blockBytes } = geometry;
  const bytes = Buffer.alloc(1024);
  const put = (value: number, at: number): void => void bytes.writeUInt32LE(value >>> 0, at);
  const free = groups.reduce((sum, { blocks }, i) => sum + blocks - (usedBlocks[i] ?? 0), 0);
  const journal = inodes.find(({ number }) => number === journalInode);
  put(groups.length * inodesPerGroup, sb.inodes);
  put(geometry.blocks, sb.blocks);
  put(free, sb.freeBlocks);
  put(groups.length * inodesPerGroup - lastInode(plan), sb.freeInodes);
  put(geometry.firstBlock, sb.firstDataBlock);
  put(Math.log2(blockBytes) - 10, sb.logBlockSize);
  put(Math.log2(blockBytes) - 10, sb.logClusterSize);
  put(geometry.blocksPerGroup, sb.blocksPerGroup);
  put(geometry.blocksPerGroup, sb.clustersPerGroup);
  put(inodesPerGroup, sb.inodesPerGroup);
  put(options.timeSeconds, sb.writeTime);
  // Never checked because of its age.
  bytes.writeUInt16LE(0xffff, sb.maxMountCount);
  bytes.writeUInt16LE(magic, sb.magic);
  // Cleanly unmounted; errors are survived.
  bytes.writeUInt16LE(1, sb.state);
  bytes.writeUInt16LE(1, sb.errors);
  put(options.timeSeconds, sb.lastCheck);
  put(1, sb.revision);
  put(firstInode, sb.firstInode);
  bytes.writeUInt16LE(inodeBytes, sb.inodeSize);
  bytes.writeUInt16LE(group, sb.groupOfCopy);
  put(features.compatible.xattrs | (journal === undefined ? 0 : features.compatible.journal), sb.compatible);
  put(features.incompatible.fileType | features.incompatible.extents, sb.incompatible);
  const { sparseSuper, largeFile, manyFolders, extraInode } = features.readOnlyCompatible;
  put(sparseSuper | largeFile | manyFolders | extraInode, sb.readOnlyCompatible);
  bytes.set(options.uuid.subarray(0, 16), sb.uuid);
  bytes.set(Buffer.from(options.label, 'latin1').subarray(0, 16), sb.label);
  bytes.set(options.hashSeed.subarray(0, 16), sb.hashSeed);
  bytes.writeUInt8(1, sb.hashVersion);
  put(options.timeSeconds, sb.makeTime);
  bytes.writeUInt16LE(extraInodeBytes, sb.minExtraInode);
  bytes.writeUInt16LE(extraInodeBytes, sb.wantExtraInode);
  // Hashes of names are made of bytes without a sign.
  put(2, sb.flags);
  if (journal !== undefined) {
    put(journalInode, sb.journalInode);
    // A copy of the journal's inode, for e2fsck.
    bytes.writeUInt8(1, sb.journalBackup);
    bytes.set(extentRoot(journal.extents, journal.leaves, blockBytes), sb.journalBlocks);
    put(0, sb.journalBlocks + 60);
    put(journal.sizeBytes, sb.journalBlocks + 64);
  }
  return bytes;
}

/** Numbers are given out without a gap, so that this many inodes are in use. */
export function lastInode({ inodes }: Ext4Plan): number {
  return Math.max(firstInode, inodes.at(-1)?.number ?? 0);
}
