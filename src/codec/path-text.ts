const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const loneSurrogate = /[\ud800-\udfff]/u;
const firstSurrogate = 0xd800;
const slash = 0x2f;

/**
 * A path as text. Linux paths are bytes; bytes that are not UTF-8 become lone surrogates U+DC80 to U+DCFF, so that
 * `encodePath` gives back exactly the same bytes (the scheme of Python's PEP 383).
 */
export function decodePath(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return decodeMixed(bytes);
  }
}

/** The bytes of a path that `decodePath` or a person wrote as text. */
export function encodePath(text: string): Uint8Array {
  if (!loneSurrogate.test(text)) return Buffer.from(text, 'utf8');
  const parts: Buffer[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    parts.push(code >= 0xdc80 && code <= 0xdcff ? Buffer.of(code - 0xdc00) : Buffer.from(character, 'utf8'));
  }
  return Buffer.concat(parts);
}

/** Order of the encoded bytes, for sort. Of lists of names and paths; archives have `compareTreePaths`. */
export function comparePaths(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let index = 0; index < shorter; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left === right) continue;
    // Below the surrogates, UTF-16 units order as UTF-8 bytes do.
    if (left < firstSurrogate && right < firstSurrogate) return left - right;
    return Buffer.compare(encodePath(a), encodePath(b));
  }
  return a.length - b.length;
}

/**
 * The one order that trees and archives are written in: a folder, directly after it everything below it, names bytewise.
 * `a`, `a/c`, `a.b`, while the bytes of whole paths would put `a.b` between the folder and what is in it. Whoever unpacks
 * that sets the time of `a` on leaving it and changes it with `a/c` (GNU tar does). `tar --sort=name`, Go's WalkDir and
 * so apko have this order, too.
 */
export function compareTreePaths(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let index = 0; index < shorter; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left === right) continue;
    if (left === slash) return -1;
    if (right === slash) return 1;
    if (left < firstSurrogate && right < firstSurrogate) return left - right;
    return Buffer.compare(encodePath(a), encodePath(b));
  }
  return a.length - b.length;
}

function decodeMixed(bytes: Uint8Array): string {
  let text = '';
  let index = 0;
  while (index < bytes.length) {
    const length = sequenceLength(bytes, index);
    if (length === 0) text += String.fromCharCode(0xdc00 + (bytes[index] ?? 0));
    else text += strict.decode(bytes.subarray(index, index + length));
    index += Math.max(length, 1);
  }
  return text;
}

/** Length of the valid UTF-8 sequence at `index` (RFC 3629, section 4), or 0. */
function sequenceLength(bytes: Uint8Array, index: number): number {
  const first = bytes[index] ?? 0;
  if (first < 0x80) return 1;
  const length =
    first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
  for (let next = 1; next < length; next++) {
    const low = next > 1 ? 0x80 : first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    const high = next > 1 ? 0xbf : first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    const byte = bytes[index + next];
    if (byte === undefined || byte < low || byte > high) return 0;
  }
  return length;
}
