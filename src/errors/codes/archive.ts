/** KP4xxx: archives and other binary formats (codec, image). */
export const archiveCodes = {
  KP4001: {
    title: 'Damaged archive or binary file',
    exitCode: 5,
    explanation:
      'An archive, a compressed file or a program is cut short, has a wrong checksum, or contradicts its format. The message names the byte offset and, where known, the entry. Usually a download or a copy was interrupted, or a disk lost bytes. Nothing of it was used.',
    fix: 'get the file again from where it came from',
  },
  KP4002: {
    title: 'A feature of the format that kilopy does not read',
    exitCode: 5,
    explanation:
      'The file is probably intact, and uses something that would be lost or guessed wrongly if it were read anyway: sparse members or several volumes in a tar, an unknown compression method, an encrypted or thin archive.',
    fix: 'repack the file without this feature (for a tar: `tar --format=pax` without `--sparse`)',
  },
  KP4003: {
    title: 'An archive is larger than the limit',
    exitCode: 5,
    explanation:
      'Unpacking was stopped because the content grew past a limit that protects this machine: the size after decompression, the size of one file, or the number of entries. A small file that unpacks to gigabytes is usually an attack or a mistake.',
    fix: 'check where the file comes from',
  },
  KP4004: {
    title: 'A control file cannot be read',
    exitCode: 5,
    explanation:
      'A text file of `Name: value` paragraphs (Packages, Release, a control file) has a line that is neither a field, a continuation, a comment nor empty.',
    fix: 'get the file again from where it came from',
  },
} as const;
