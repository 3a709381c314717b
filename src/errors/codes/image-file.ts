/** KP4011 to KP4019: images of file systems that are read. */
export const imageFileCodes = {
  KP4011: {
    title: 'A damaged image of a file system',
    exitCode: 5,
    explanation:
      'An image (ext4, squashfs, cpio) is cut short, has a wrong checksum, or contradicts itself: a pointer leads out of it, two entries of a folder have one name. The message names the byte offset and, where known, the path. Nothing of it was used.',
    fix: 'get the file again from where it came from; `e2fsck -f` may mend an ext4 image that was written to',
  },
  KP4012: {
    title: 'A file system, or a feature of one, that kilopy does not read',
    exitCode: 5,
    explanation:
      'The image is probably intact. It is of a file system that kilopy does not read, or uses something that would be lost or guessed wrongly if it were read anyway: encryption, a journal that was not played back, squashfs with LZO. The message names it.',
    fix: 'make the image again as ext4, squashfs with xz, or cpio in the form newc',
  },
  KP4013: {
    title: 'An image of a file system holds a name that cannot be',
    exitCode: 5,
    explanation:
      'A name in a folder of the image is empty, is `.` or `..`, is longer than 255 bytes, or has a slash or a zero byte in it. No tool writes such names; they are how an image would try to write outside of its own root.',
    fix: 'check where the file comes from',
  },
  KP4014: {
    title: 'The folders of an image go in a circle',
    exitCode: 5,
    explanation:
      'A folder of the image is inside itself, or has two places. Linux has no hard links of folders; the image is damaged or was made to keep its readers busy.',
    fix: 'check where the file comes from',
  },
} as const;
