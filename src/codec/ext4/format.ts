/**
 * Facts of the file system ext4 (Linux, Documentation/filesystems/ext4; fs/ext4/ext4.h). Everything is little-endian; what is
 * read beyond that stands in `read-format.ts`. What we write: extents, inodes of 256 bytes, linear directories, no checksums, no resize inode; every Linux since 2.6.28 mounts it.
 */

export const inodeBytes = 256;
/** Bytes of an inode behind the first 128 that hold times beyond 2038. */
export const extraInodeBytes = 32;
export const rootInode = 2;
export const journalInode = 8;
/** The first that is not reserved; e2fsck wants lost+found, and mke2fs gives it this one. */
export const firstInode = 11;
export const descriptorBytes = 32;
/** Length of an extent is 16 bits, the upper half of which mean `not written yet`. */
export const maxExtentBlocks = 32_768;
export const inlineExtents = 4;
/** Shorter targets of symbolic links stand in the inode. */
export const inlineSymlinkBytes = 60;
export const nameBytesLimit = 255;

export const superblockAt = 1024;

/** Offsets in the superblock. */
export const sb = {
  inodes: 0x00,
  blocks: 0x04,
  freeBlocks: 0x0c,
  freeInodes: 0x10,
  firstDataBlock: 0x14,
  logBlockSize: 0x18,
  logClusterSize: 0x1c,
  blocksPerGroup: 0x20,
  clustersPerGroup: 0x24,
  inodesPerGroup: 0x28,
  writeTime: 0x30,
  maxMountCount: 0x36,
  magic: 0x38,
  state: 0x3a,
  errors: 0x3c,
  lastCheck: 0x40,
  revision: 0x4c,
  firstInode: 0x54,
  inodeSize: 0x58,
  groupOfCopy: 0x5a,
  compatible: 0x5c,
  incompatible: 0x60,
  readOnlyCompatible: 0x64,
  uuid: 0x68,
  label: 0x78,
  journalInode: 0xe0,
  hashSeed: 0xec,
  hashVersion: 0xfc,
  journalBackup: 0xfd,
  makeTime: 0x108,
  journalBlocks: 0x10c,
  minExtraInode: 0x15c,
  wantExtraInode: 0x15e,
  flags: 0x160,
} as const;

export const magic = 0xef53;
export const features = {
  compatible: { journal: 0x4, xattrs: 0x8 },
  incompatible: { fileType: 0x2, extents: 0x40 },
  readOnlyCompatible: { sparseSuper: 0x1, largeFile: 0x2, manyFolders: 0x20, extraInode: 0x40 },
} as const;

/** Offsets in an inode. */
export const ino = {
  mode: 0x00,
  uid: 0x02,
  size: 0x04,
  accessTime: 0x08,
  changeTime: 0x0c,
  modifyTime: 0x10,
  gid: 0x18,
  links: 0x1a,
  sectors: 0x1c,
  flags: 0x20,
  block: 0x28,
  xattrBlock: 0x68,
  sizeHigh: 0x6c,
  uidHigh: 0x78,
  gidHigh: 0x7a,
  extraBytes: 0x80,
  changeExtra: 0x84,
  modifyExtra: 0x88,
  accessExtra: 0x8c,
  createTime: 0x90,
  createExtra: 0x94,
  xattrs: 0xa0,
} as const;

export const usesExtents = 0x8_0000;
export const extentMagic = 0xf30a;

/** Types of directory entries, and bits of st_mode. */
export const kinds = {
  file: { entry: 1, mode: 0o100000 },
  directory: { entry: 2, mode: 0o040000 },
  char: { entry: 3, mode: 0o020000 },
  block: { entry: 4, mode: 0o060000 },
  fifo: { entry: 5, mode: 0o010000 },
  symlink: { entry: 7, mode: 0o120000 },
} as const;

/** Copies of the superblock stand in groups 0 and 1 and in powers of 3, 5 and 7. */
export function hasSuperblock(group: number): boolean {
  if (group <= 1) return true;
  return [3, 5, 7].some((base) => {
    let power: number = base;
    while (power < group) power *= base;
    return power === group;
  });
}
