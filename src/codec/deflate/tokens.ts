import { maxMatch, minMatch, windowBytes } from './symbols.ts';

/**
 * A token is a literal byte (below 256) or a match, `length * 65536 + distance`. Distances up to 32768 and lengths up to
 * 258 fit side by side.
 */
export type Token = number;
export const tokenLengthShift = 16;

/**
 * Candidates tried for a match, and fewer once a good match is at hand. `gzip -9` tries 4096, for 0.2 % of size and three
 * times the time.
 */
const chainLimit = 256;
const goodMatch = 32;
/** A match of three bytes so far away costs more than three literals. */
const farDistance = 4096;
const hashBits = 16;

/**
 * Cuts the input into tokens with hash chains and lazy matching: a match is only taken when the next position has no
 * longer one (RFC 1951, section 4).
 *
 * @param emit called for each token in order.
 */
export function tokenize(bytes: Uint8Array, emit: (token: Token) => void): void {
  const head = new Int32Array(2 ** hashBits).fill(-1);
  const previous = new Int32Array(windowBytes);
  const last = bytes.length - minMatch;
  const mask = windowBytes - 1;

  function insert(position: number): number {
    const hash = hashAt(bytes, position);
    const found = head[hash] as number;
    previous[position & mask] = found;
    head[hash] = position;
    return found;
  }

  /** Longest match at `position` that is longer than `atLeast`, as a token; 0 for none. */
  function longest(position: number, candidate: number, atLeast: number): Token {
    const oldest = position - windowBytes;
    const limit = Math.min(maxMatch, bytes.length - position);
    let best = atLeast;
    let distance = 0;
    if (best >= limit) return 0;
    let chain = atLeast >= goodMatch ? chainLimit >> 2 : chainLimit;
    for (let at = candidate; at >= 0 && at >= oldest && chain-- > 0; at = previous[at & mask] as number) {
      if (bytes[at + best] !== bytes[position + best] || bytes[at + best - 1] !== bytes[position + best - 1]) continue;
      let length = 0;
      while (length < limit && bytes[at + length] === bytes[position + length]) length++;
      if (length <= best) continue;
      best = length;
      distance = position - at;
      if (best >= limit) break;
    }
    if (distance === 0 || (best === minMatch && distance > farDistance)) return 0;
    return (best << tokenLengthShift) + distance;
  }

  let pending: Token = 0;
  let waiting = false;
  for (let position = 0; position < bytes.length; position++) {
    const pendingLength = pending >> tokenLengthShift;
    const candidate = position <= last ? insert(position) : -1;
    const match =
      candidate < 0 || pendingLength >= maxMatch
        ? 0
        : longest(position, candidate, Math.max(pendingLength, minMatch - 1));
    if (pending !== 0 && match === 0) {
      emit(pending);
      const end = position - 1 + pendingLength;
      for (position++; position < end; position++) if (position <= last) insert(position);
      position = end - 1;
      pending = 0;
      waiting = false;
      continue;
    }
    if (waiting) emit(bytes[position - 1] as number);
    waiting = true;
    pending = match;
  }
  if (pending !== 0) emit(pending);
  else if (waiting) emit(bytes[bytes.length - 1] as number);
}

function hashAt(bytes: Uint8Array, position: number): number {
  const value =
    ((bytes[position] as number) << 16) | ((bytes[position + 1] as number) << 8) | (bytes[position + 2] as number);
  return Math.imul(value, 0x9e37_79b1) >>> (32 - hashBits);
}
