/** Facts of ext2, ext3 and ext4 that are read and never written here (fs/ext4/ext4.h). */

/** Offsets in the superblock. */
export const readSb = {
  inodesPerGroup: 0x28,
  firstMetaGroup: 0x104,
  descriptorBytes: 0xfe,
  blocksHigh: 0x150,
  checksumSeed: 0x270,
  checksum: 0x3fc,
} as const;

/** Features without which an image cannot be read, by bit; those that are read here first. */
export const incompatibleRead = { metaGroups: 0x10, wide: 0x80, checksumSeed: 0x2000, inlineData: 0x8000 } as const;
const readable = 0x2 | 0x10 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x2000 | 0x4000 | 0x8000 | 0x1_0000 | 0x2_0000;
const names: readonly (readonly [number, string])[] = [
  [0x1, 'compression'],
  [0x4, 'a journal that was not played back'],
  [0x8, 'a journal that is a device of its own'],
  [0x1000, 'data in directory entries'],
];

export const readOnlyRead = { groupChecksums: 0x10, checksums: 0x400 } as const;

/** Names of the features that are not read. */
export function unreadFeatures(incompatible: number): readonly string[] {
  const unread: string[] = [];
  for (let bit = 0; bit < 32; bit++) {
    const mask = 2 ** bit;
    if ((incompatible & mask) === 0 || (readable & mask) !== 0) continue;
    unread.push(names.find(([value]) => value === mask)?.[1] ?? `the feature 0x${mask.toString(16)}`);
  }
  return unread;
}

/** Offsets in an inode. */
export const readIno = { generation: 0x64, checksum: 0x7c, xattrBlockHigh: 0x76, checksumHigh: 0x82 } as const;
export const inodeFlags = { compressed: 0x4, encrypted: 0x800, inlineData: 0x1000_0000 } as const;
/** What an inode has in the place of extents or pointers. */
export const inodeBlockBytes = 60;

/** Name spaces of extended attributes by number (fs/ext4/xattr.h). */
export const xattrPrefixes: ReadonlyMap<number, string> = new Map([
  [1, 'user.'],
  [2, 'system.posix_acl_access'],
  [3, 'system.posix_acl_default'],
  [4, 'trusted.'],
  [6, 'security.'],
  [7, 'system.'],
  [8, 'system.richacl'],
]);
export const xattrMagic = 0xea02_0000;
