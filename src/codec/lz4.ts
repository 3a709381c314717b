import { archiveError } from './archive-error.ts';

/** Shortest match; lengths of 15 go on in further bytes (lz4_Block_format.md). */
const minMatch = 4;

/**
 * One LZ4 block without a frame around it.
 *
 * @param limitBytes most bytes of content
 * @throws KilopyError KP4001 for damage and for more than the limit
 */
export function unlz4Block(bytes: Uint8Array, limitBytes: number): Uint8Array {
  const out = new Uint8Array(limitBytes);
  let at = 0;
  let end = 0;
  const next = (): number => {
    const byte = bytes[at++];
    if (byte === undefined) throw damaged(at, 'it is cut short');
    return byte;
  };
  const lengthOf = (nibble: number): number => {
    let length = nibble;
    if (nibble === 15) {
      let more: number;
      do {
        more = next();
        length += more;
      } while (more === 255);
    }
    return length;
  };
  while (at < bytes.length) {
    const token = next();
    const literals = lengthOf(token >> 4);
    if (at + literals > bytes.length || end + literals > limitBytes) throw damaged(at, 'a run of literals is too long');
    out.set(bytes.subarray(at, at + literals), end);
    at += literals;
    end += literals;
    if (at === bytes.length) return out.subarray(0, end);
    const distance = next() | (next() << 8);
    const length = lengthOf(token & 15) + minMatch;
    if (distance === 0 || distance > end) throw damaged(at, 'a match begins before the content');
    if (end + length > limitBytes) throw damaged(at, 'a match is too long');
    // Byte by byte: a match may reach into itself.
    for (const stop = end + length; end < stop; end++) out[end] = out[end - distance] ?? 0;
  }
  throw damaged(at, 'it does not end with literals');
}

function damaged(offset: number, why: string): ReturnType<typeof archiveError> {
  return archiveError('lz4', offset, undefined, `the compressed data is damaged: ${why}`);
}
