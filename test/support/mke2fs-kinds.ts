/** Options of mke2fs, and what they make. */
export const mke2fsKinds: readonly (readonly [string, readonly string[]])[] = [
  ['ext4 of today', ['-t', 'ext4', '-O', 'metadata_csum,64bit']],
  ['ext4 without checksums and 64 bits', ['-t', 'ext4', '-O', '^metadata_csum,^64bit']],
  ['ext4 with CRC-16 of its groups', ['-t', 'ext4', '-O', '^metadata_csum,uninit_bg']],
  ['ext4 with data in inodes', ['-t', 'ext4', '-O', 'inline_data']],
  ['ext4 with groups of groups', ['-t', 'ext4', '-O', 'meta_bg,^resize_inode', '-g', '1024']],
  ['ext4 with a seed of its own', ['-t', 'ext4', '-O', 'metadata_csum,metadata_csum_seed']],
  ['ext3', ['-t', 'ext3', '-b', '1024']],
  ['ext2', ['-t', 'ext2', '-b', '1024']],
  ['ext2 with small inodes and blocks of 4 KiB', ['-t', 'ext2', '-I', '128', '-b', '4096']],
  ['ext2 of revision 0', ['-t', 'ext2', '-r', '0', '-b', '1024']],
];
