import { archiveError } from '../archive-error.ts';
import { decodePath } from '../path-text.ts';

/** Reads numbers of a file's class and byte order; a read outside the file is KP4001, never a RangeError. */
export interface ElfView {
  readonly sizeBytes: number;
  u8(offset: number): number;
  u16(offset: number): number;
  u32(offset: number): number;
  /** An address, offset or size: four or eight bytes, by class. */
  word(offset: number): number;
  /** A text that ends with NUL inside [offset, end). */
  text(offset: number, end: number): string;
}

/** Bounds the search for the end of a name; a long DT_RUNPATH has some thousand bytes. */
const longestText = 2 ** 16;

export function elfView(
  bytes: Uint8Array,
  fileClass: 32 | 64,
  littleEndian: boolean,
  entry: string | undefined,
): ElfView {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const check = (offset: number, length: number): void => {
    if (offset < 0 || !(offset + length <= bytes.length)) {
      throw archiveError(
        'elf',
        Math.min(offset, bytes.length),
        entry,
        'the file ends before something that its headers point to',
      );
    }
  };
  const u32 = (offset: number): number => {
    check(offset, 4);
    return view.getUint32(offset, littleEndian);
  };
  const u64 = (offset: number): number => {
    check(offset, 8);
    const value = view.getBigUint64(offset, littleEndian);
    // No file is that long; arithmetic with it would only lose digits before the bounds check fails.
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
  };
  return {
    sizeBytes: bytes.length,
    u8(offset) {
      check(offset, 1);
      return view.getUint8(offset);
    },
    u16(offset) {
      check(offset, 2);
      return view.getUint16(offset, littleEndian);
    },
    u32,
    word: fileClass === 64 ? u64 : u32,
    text(offset, end) {
      check(offset, 1);
      const stop = Math.min(end, bytes.length, offset + longestText);
      const nul = bytes.subarray(offset, stop).indexOf(0);
      if (nul === -1) throw archiveError('elf', offset, entry, 'a name has no end');
      return decodePath(bytes.subarray(offset, offset + nul));
    },
  };
}
