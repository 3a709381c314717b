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
} as const;
