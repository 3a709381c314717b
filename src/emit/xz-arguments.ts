/**
 * How `xz` compresses what a kernel unpacks: its decoder has 1 MiB of memory for a dictionary at most, and knows only CRC32
 * (lib/decompress_unxz.c); a machine of 5 MiB wants a smaller one still.
 */
export const kernelXzArguments: readonly string[] = [
  '--format=xz',
  '--check=crc32',
  '--lzma2=preset=9e,dict=512KiB',
  '--threads=1',
  '--stdout',
  '--quiet',
];
