/** Ways to compress a squashfs image; the first is what OpenWrt's kernels and kilopy's own read. */
export const squashfsCompressions = ['xz', 'gzip', 'zstd', 'lz4'] as const;
export type SquashfsCompression = (typeof squashfsCompressions)[number];

/** Sizes of a block that squashfs allows, as they are written. */
export type SquashfsBlock = '4k' | '8k' | '16k' | '32k' | '64k' | '128k' | '256k' | '512k' | '1M';
export const squashfsBlocks: Readonly<Record<SquashfsBlock, number>> = {
  '4k': 2 ** 12,
  '8k': 2 ** 13,
  '16k': 2 ** 14,
  '32k': 2 ** 15,
  '64k': 2 ** 16,
  '128k': 2 ** 17,
  '256k': 2 ** 18,
  '512k': 2 ** 19,
  '1M': 2 ** 20,
};

/** How the outputs `squashfs` and `squashfs.gz` are made. */
export interface SquashfsSettings {
  readonly blockBytes: number;
  readonly compression: SquashfsCompression;
}
