import { archiveError } from '../archive-error.ts';

/** One field of a header block: where it starts and how long it is. */
export interface Field {
  readonly name: string;
  readonly start: number;
  readonly length: number;
}

export const blockBytes = 512;

type FieldName =
  | 'name'
  | 'mode'
  | 'uid'
  | 'gid'
  | 'size'
  | 'mtime'
  | 'checksum'
  | 'type'
  | 'linkname'
  | 'magic'
  | 'version'
  | 'uname'
  | 'gname'
  | 'major'
  | 'minor'
  | 'prefix';

/** POSIX.1-1988 `ustar` header (pax(1), "ustar Interchange Format"). GNU tar uses the same places up to `minor`. */
export const fields: Readonly<Record<FieldName, Field>> = {
  name: field('name', 0, 100),
  mode: field('mode', 100, 8),
  uid: field('uid', 108, 8),
  gid: field('gid', 116, 8),
  size: field('size', 124, 12),
  mtime: field('mtime', 136, 12),
  checksum: field('checksum', 148, 8),
  type: field('type', 156, 1),
  linkname: field('linkname', 157, 100),
  magic: field('magic', 257, 6),
  version: field('version', 263, 2),
  uname: field('uname', 265, 32),
  gname: field('gname', 297, 32),
  major: field('major', 329, 8),
  minor: field('minor', 337, 8),
  prefix: field('prefix', 345, 155),
};

function field(name: string, start: number, length: number): Field {
  return { name, start, length };
}

export function fieldBytes(block: Uint8Array, { start, length }: Field): Uint8Array {
  return block.subarray(start, start + length);
}

/** The bytes up to the first NUL. */
export function fieldText(block: Uint8Array, which: Field): Uint8Array {
  const bytes = fieldBytes(block, which);
  const end = bytes.indexOf(0);
  return end === -1 ? bytes : bytes.subarray(0, end);
}

/**
 * A number: octal digits between spaces and NULs, or GNU's base-256 (top bit of the first byte set; two's complement).
 * An empty field is 0.
 *
 * @param offset of the block in the archive, for the message.
 */
export function fieldNumber(block: Uint8Array, which: Field, offset: number, entry: string | undefined): number {
  const bytes = fieldBytes(block, which);
  const first = bytes[0] ?? 0;
  const value = (first & 0x80) === 0 ? parseOctal(bytes) : parseBase256(bytes);
  if (value === undefined || !Number.isSafeInteger(value)) {
    throw archiveError('tar', offset + which.start, entry, `the field "${which.name}" is not a number`);
  }
  return value;
}

function parseOctal(bytes: Uint8Array): number | undefined {
  const match = /^ *([0-7]*)[ \0]*(?:\0.*)?$/s.exec(Buffer.from(bytes).toString('latin1'));
  if (match === null) return undefined;
  return match[1] === undefined || match[1] === '' ? 0 : Number.parseInt(match[1], 8);
}

function parseBase256(bytes: Uint8Array): number | undefined {
  const hex = Buffer.from(bytes).toString('hex');
  const bits = bytes.length * 8 - 1;
  const value = BigInt.asIntN(bits, BigInt(`0x${hex}`));
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : undefined;
}

/** Sum of all bytes with the checksum field read as spaces. Old programs summed signed bytes. */
export function headerChecksums(block: Uint8Array): { readonly unsigned: number; readonly signed: number } {
  let unsigned = 0;
  let high = 0;
  for (let index = 0; index < blockBytes; index++) {
    const inside = index >= fields.checksum.start && index < fields.checksum.start + fields.checksum.length;
    const byte = inside ? 0x20 : (block[index] ?? 0);
    unsigned += byte;
    if (byte >= 0x80) high++;
  }
  return { unsigned, signed: unsigned - 256 * high };
}

export function isZeroBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}
