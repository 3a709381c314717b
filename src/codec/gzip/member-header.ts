import { archiveError, unsupportedError } from '../archive-error.ts';

/** RFC 1952, section 2.3: the fixed part of a member's header. */
const magicFirst = 0x1f;
const magicSecond = 0x8b;
const methodAt = 2;
const flagsAt = 3;
const fixedBytes = 10;
const deflateMethod = 8;
const flag = { headerCrc: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 } as const;

/** A header longer than this is not read; real ones have a file name at most. */
export const longestHeaderBytes: number = 2 ** 17;
export const trailerBytes = 8;

/**
 * Length of the member header at the start of `bytes`.
 *
 * @param offset of `bytes` in the input, for messages.
 * @returns undefined when `bytes` ends inside the header.
 */
export function memberHeaderBytes(bytes: Uint8Array, offset: number): number | undefined {
  if (bytes[0] !== magicFirst || (bytes.length > 1 && bytes[1] !== magicSecond)) {
    throw archiveError(
      'gzip',
      offset,
      undefined,
      offset === 0 ? 'this is not gzip' : 'there is something else after a gzip member',
    );
  }
  if (bytes.length < fixedBytes) return undefined;
  const flags = bytes[flagsAt] ?? 0;
  if (bytes[methodAt] !== deflateMethod || (flags & flag.reserved) !== 0) {
    throw unsupportedError('gzip', offset, undefined, 'a gzip member uses an unknown compression method or flag');
  }
  let end = fixedBytes;
  if ((flags & flag.extra) !== 0) end += 2 + (bytes[end] ?? 0) + 256 * (bytes[end + 1] ?? 0);
  for (const text of [flag.name, flag.comment]) {
    if ((flags & text) === 0) continue;
    const nul = bytes.indexOf(0, end);
    if (nul === -1) return undefined;
    end = nul + 1;
  }
  if ((flags & flag.headerCrc) !== 0) end += 2;
  return end <= bytes.length ? end : undefined;
}

/** The trailer: CRC-32 and length modulo 2^32 of the content, little-endian. */
export function checkTrailer(trailer: Uint8Array, crc: number, sizeBytes: number, offset: number): void {
  if (trailer.length < trailerBytes)
    throw archiveError('gzip', offset, undefined, 'the file is cut short in a gzip trailer');
  const view = new DataView(trailer.buffer, trailer.byteOffset, trailerBytes);
  if (view.getUint32(0, true) !== crc)
    throw archiveError('gzip', offset, undefined, 'the CRC-32 of a gzip member is wrong');
  if (view.getUint32(4, true) !== sizeBytes % 2 ** 32) {
    throw archiveError('gzip', offset, undefined, 'the length of a gzip member is wrong');
  }
}
