import type { ImageBytes } from '../image-bytes.ts';
import { imageFileError } from '../image-file-error.ts';

/** Ways to compress that squashfs 4.0 has, by number (fs/squashfs/squashfs_fs.h). */
const compressors = { 1: 'gzip', 2: 'lzma', 3: 'lzo', 4: 'xz', 5: 'lz4', 6: 'zstd' } as const;
type Compressor = (typeof compressors)[keyof typeof compressors];
export type ReadCompressor = Exclude<Compressor, 'lzma' | 'lzo'>;

/** squashfs 4.0; everything is little-endian. */
export interface Superblock {
  readonly compressor: ReadCompressor;
  readonly blockBytes: number;
  readonly inodes: number;
  readonly fragments: number;
  readonly ids: number;
  /** Block and offset in the table of inodes, as one number of 48 bits. */
  readonly root: number;
  readonly idTable: number;
  readonly xattrTable: number | undefined;
  readonly inodeTable: number;
  readonly directoryTable: number;
  readonly fragmentTable: number;
}

const superblockBytes = 96;
const magic = 0x7371_7368;

/** @throws KilopyError KP4011 for contradictions, KP4012 for other versions and for compressions that are not read */
export async function readSuperblock(image: ImageBytes): Promise<Superblock> {
  const bytes = await image.small(0, superblockBytes);
  const fail = (message: string): Error => imageFileError('KP4011', image.place(0), message);
  const unread = (message: string): Error => imageFileError('KP4012', image.place(0), message);
  if (bytes.readUInt32BE(0) === magic) throw unread('the image is squashfs of a big-endian machine, older than 4.0');
  if (bytes.readUInt32LE(0) !== magic) throw fail('this is no squashfs');
  const [major, minor] = [bytes.readUInt16LE(28), bytes.readUInt16LE(30)];
  if (major !== 4 || minor !== 0)
    throw unread(`the image is squashfs ${String(major)}.${String(minor)}, and 4.0 is read`);
  const kind = bytes.readUInt16LE(20) as keyof typeof compressors;
  const compressor: Compressor | undefined = compressors[kind];
  if (compressor === undefined) throw fail(`it is compressed in the way ${String(kind)}, which there is not`);
  if (compressor === 'lzo' || compressor === 'lzma')
    throw unread(`the image is squashfs with ${compressor.toUpperCase()}, which is not read`);
  const [blockBytes, log] = [bytes.readUInt32LE(12), bytes.readUInt16LE(22)];
  if (log < 12 || log > 20 || blockBytes !== 2 ** log) throw fail(`its blocks have ${String(blockBytes)} bytes`);
  const long = (at: number): number => Number(bytes.readBigUInt64LE(at));
  const used = long(40);
  if (used > image.sizeBytes)
    throw fail(`the image is cut short: it has ${String(image.sizeBytes)} bytes of ${String(used)}`);
  const xattrTable = bytes.readBigUInt64LE(56);
  return {
    compressor,
    blockBytes,
    inodes: bytes.readUInt32LE(4),
    fragments: bytes.readUInt32LE(16),
    ids: bytes.readUInt16LE(26),
    root: long(32),
    idTable: long(48),
    xattrTable: xattrTable === 0xffff_ffff_ffff_ffffn ? undefined : Number(xattrTable),
    inodeTable: long(64),
    directoryTable: long(72),
    fragmentTable: long(80),
  };
}
