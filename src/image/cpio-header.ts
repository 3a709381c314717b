import { imageFileError, type ImagePlace } from './image-file-error.ts';

/** Magic and 13 numbers of eight hexadecimal digits. */
export const cpioHeaderBytes = 110;
/** The name of the entry that ends an archive. */
export const cpioTrailer = 'TRAILER!!!';

export interface CpioHeader {
  readonly inode: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
  readonly mtimeSeconds: number;
  readonly sizeBytes: number;
  /** Of the file system that it came from. */
  readonly deviceText: string;
  readonly major: number;
  readonly minor: number;
  /** With the zero byte at its end. */
  readonly nameBytes: number;
  /** Sum of the bytes of the content, in the form `crc` (070702). */
  readonly checksum: number | undefined;
}

/** @throws KilopyError KP4011 for damage, KP4012 for the older forms of cpio */
export function parseCpioHeader(bytes: Uint8Array, place: ImagePlace): CpioHeader {
  const text = Buffer.from(bytes).toString('latin1');
  const magic = text.slice(0, 6);
  if (magic === '070707' || bytes[0] === 0xc7 || bytes[1] === 0xc7)
    throw imageFileError(
      'KP4012',
      place,
      'the archive is cpio of an older form (odc or bin), which Linux does not unpack',
    );
  if (magic !== '070701' && magic !== '070702') throw imageFileError('KP4011', place, 'an entry has no header');
  const digits = text.slice(6);
  if (!/^[0-9a-f]+$/iu.test(digits)) throw imageFileError('KP4011', place, 'a header has something else than numbers');
  const number = (index: number): number => Number.parseInt(digits.slice(index * 8, index * 8 + 8), 16);
  const isSummed = magic === '070702' && (number(1) & 0o170000) === 0o100000 && number(6) > 0;
  return {
    inode: number(0),
    mode: number(1),
    uid: number(2),
    gid: number(3),
    links: number(4),
    mtimeSeconds: number(5),
    sizeBytes: number(6),
    deviceText: `${String(number(7))}.${String(number(8))}`,
    major: number(9),
    minor: number(10),
    nameBytes: number(11),
    checksum: isSummed ? number(12) : undefined,
  };
}
