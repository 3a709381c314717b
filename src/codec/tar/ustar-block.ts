import { type Field, fields, headerChecksums } from './fields.ts';
import type { TarType } from './tar-header.ts';

/** The type flag of a header block (pax(1), "ustar Interchange Format"). */
export const typeFlags: Readonly<Record<TarType, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  char: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};

/** Writes octal digits and a NUL. False, and nothing written, when the field cannot hold the number. */
export function putNumber(block: Uint8Array, { start, length }: Field, value: number): boolean {
  const digits = value < 0 ? '' : value.toString(8);
  if (digits === '' || digits.length >= length) return false;
  block.set(Buffer.from(digits.padStart(length - 1, '0')), start);
  return true;
}

/** Type, magic and version, and last the checksum over everything. */
export function finishBlock(block: Uint8Array, flag: string): void {
  block[fields.type.start] = flag.charCodeAt(0);
  block.set(Buffer.from('ustar\0'), fields.magic.start);
  block.set(Buffer.from('00'), fields.version.start);
  const sum = headerChecksums(block).unsigned.toString(8).padStart(6, '0');
  block.set(Buffer.from(`${sum}\0 `), fields.checksum.start);
}
