import { archiveError } from '../archive-error.ts';
import { decodePath } from '../path-text.ts';
import { blockBytes, type Field, fieldBytes, fieldNumber, fields, fieldText, headerChecksums } from './fields.ts';

/** One header block as it stands, before PAX and GNU records are applied. */
export interface RawHeader {
  /** The type flag: `0`, `5`, `x`, `L` ... A NUL reads as `0`. */
  readonly flag: string;
  readonly path: Uint8Array;
  readonly linkTarget: Uint8Array;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly mtimeSeconds: number;
  readonly uname: string;
  readonly gname: string;
  readonly major: number;
  readonly minor: number;
}

/**
 * Reads v7, ustar and GNU header blocks.
 *
 * @param offset of the block in the archive.
 * @throws KP4001 when the checksum or a number is wrong.
 */
export function readRawHeader(block: Uint8Array, offset: number): RawHeader {
  const entry = decodePath(fieldText(block, fields.name)) || undefined;
  const stored = fieldNumber(block, fields.checksum, offset, entry);
  const { unsigned, signed } = headerChecksums(block);
  if (stored !== unsigned && stored !== signed) {
    throw archiveError('tar', offset, entry, 'the checksum of a header is wrong');
  }
  const magic = Buffer.from(fieldBytes(block, fields.magic)).toString('latin1');
  const hasMagic = magic.startsWith('ustar');
  const flag = String.fromCharCode(block[fields.type.start] ?? 0);
  const number = (which: Field): number => fieldNumber(block, which, offset, entry);
  const sizeBytes = number(fields.size);
  if (sizeBytes < 0) throw archiveError('tar', offset + fields.size.start, entry, 'an entry has a negative size');
  return {
    flag: flag === '\0' ? '0' : flag,
    path: joinPrefix(
      magic === 'ustar\0' ? fieldText(block, fields.prefix) : new Uint8Array(0),
      fieldText(block, fields.name),
    ),
    linkTarget: fieldText(block, fields.linkname),
    mode: number(fields.mode) & 0o7777,
    uid: number(fields.uid),
    gid: number(fields.gid),
    sizeBytes,
    mtimeSeconds: number(fields.mtime),
    uname: hasMagic ? decodePath(fieldText(block, fields.uname)) : '',
    gname: hasMagic ? decodePath(fieldText(block, fields.gname)) : '',
    major: hasMagic ? number(fields.major) : 0,
    minor: hasMagic ? number(fields.minor) : 0,
  };
}

/** Bytes from one header block to the next, without the header itself: the body and its padding. */
export function paddedBytes(sizeBytes: number): number {
  return Math.ceil(sizeBytes / blockBytes) * blockBytes;
}

function joinPrefix(prefix: Uint8Array, name: Uint8Array): Uint8Array {
  return prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]);
}
