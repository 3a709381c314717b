/** KP8xxx: outputs. */
export const emitCodes = {
  KP8001: {
    title: 'The output folder is not one that kilopy made',
    exitCode: 2,
    explanation:
      'An output that is a folder replaces the folder of an earlier build, and nothing else. What stands there was not made by kilopy, or was moved or copied since, so it is left alone.',
    fix: 'remove the folder, or choose another output folder with --out-dir',
  },
  KP8002: {
    title: 'A name that cannot stand in a folder output',
    exitCode: 2,
    explanation:
      'Linux allows any bytes in file names. This one is not UTF-8 and cannot be created here; archives hold it unchanged.',
    fix: 'use the output tar, tar.gz or oci, or rename the file',
  },
  KP8011: {
    title: 'The file system cannot keep this',
    exitCode: 2,
    explanation:
      'ext4 has limits: names of 255 bytes, targets of symbolic links shorter than a block, extended attributes of known name spaces that fit into one block.',
  },
  KP8012: {
    title: 'The tree does not fit into the file system',
    exitCode: 3,
    explanation:
      'A size or a number of inodes was given, and the tree needs more. The message says how much the smallest file system for it would take.',
  },
  KP8013: {
    title: 'The disk is too small',
    exitCode: 3,
    explanation:
      'A size for the whole disk was given, and root file system and data partition need more, with the partition table and their beginnings at whole MiB. The message says how much.',
    fix: 'give it more with --disk-size',
  },
  KP8014: {
    title: 'The disk is too large',
    exitCode: 2,
    explanation: 'The partition table of kilopy is the old one of PCs, in which a disk ends at 2 TiB.',
    fix: 'give it less with --disk-size',
  },
  KP8021: {
    title: 'An extended attribute that squashfs cannot keep',
    exitCode: 2,
    explanation:
      'squashfs keeps the attributes of `user.`, `trusted.` and `security.`. Access lists (`system.posix_acl_access`) and other name spaces have no place in it, and kilopy does not leave them out in silence.',
    fix: 'use the output ext4 or tar, or remove the attribute',
  },
} as const;
