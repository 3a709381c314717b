import type { BitWriter } from './bit-writer.ts';
import { canonicalCodes, codeLengths } from './huffman.ts';

/** RFC 1951, section 3.2.7: code lengths of both alphabets, run-length coded, with a Huffman code of their own. */
export interface CodeHeader {
  readonly literalCount: number;
  readonly distanceCount: number;
  /** Symbols 0 to 18, each with its extra bits: `symbol + 32 * extra`. */
  readonly runs: readonly number[];
  readonly lengths: Uint8Array;
  /** How many of `order` are written. */
  readonly lengthCount: number;
}

const order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15] as const;
const repeat = { previous: 16, zeros: 17, manyZeros: 18 } as const;
const extraBits = { 16: 2, 17: 3, 18: 7 } as const;
const longestLengthCode = 7;

export function codeHeader(literals: Uint8Array, distances: Uint8Array): CodeHeader {
  const literalCount = Math.max(257, usedCount(literals));
  // At least one distance code must be described, even when there is none.
  const distanceCount = Math.max(1, usedCount(distances));
  const runs = runLengths([...literals.subarray(0, literalCount), ...distances.subarray(0, distanceCount)]);
  const counts = new Uint32Array(order.length);
  for (const run of runs) counts[run & 31] = (counts[run & 31] ?? 0) + 1;
  const lengths = codeLengths(counts, longestLengthCode);
  let lengthCount: number = order.length;
  while (lengthCount > 4 && lengths[order[lengthCount - 1] ?? 0] === 0) lengthCount--;
  return { literalCount, distanceCount, runs, lengths, lengthCount };
}

export function headerBits({ runs, lengths, lengthCount }: CodeHeader): number {
  let bits = 5 + 5 + 4 + 3 * lengthCount;
  for (const run of runs) bits += (lengths[run & 31] ?? 0) + runExtraBits(run & 31);
  return bits;
}

export function writeHeader(writer: BitWriter, header: CodeHeader): void {
  const { lengths, lengthCount, runs } = header;
  writer.write(header.literalCount - 257, 5);
  writer.write(header.distanceCount - 1, 5);
  writer.write(lengthCount - 4, 4);
  for (const symbol of order.slice(0, lengthCount)) writer.write(lengths[symbol] ?? 0, 3);
  const codes = canonicalCodes(lengths);
  for (const run of runs) {
    const symbol = run & 31;
    writer.write(codes[symbol] ?? 0, lengths[symbol] ?? 0);
    writer.write(run >> 5, runExtraBits(symbol));
  }
}

function runExtraBits(symbol: number): number {
  return symbol === 16 || symbol === 17 || symbol === 18 ? extraBits[symbol] : 0;
}

function runLengths(lengths: readonly number[]): number[] {
  const runs: number[] = [];
  for (let start = 0; start < lengths.length;) {
    const length = lengths[start] ?? 0;
    let end = start + 1;
    while (end < lengths.length && lengths[end] === length) end++;
    let left = end - start;
    if (length !== 0) {
      runs.push(length);
      left--;
    }
    while (left >= 3) {
      const most = length !== 0 ? 6 : left > 10 ? 138 : 10;
      const count = Math.min(left, most);
      const symbol = length !== 0 ? repeat.previous : left > 10 ? repeat.manyZeros : repeat.zeros;
      runs.push(symbol + 32 * (count - (symbol === repeat.manyZeros ? 11 : 3)));
      left -= count;
    }
    while (left-- > 0) runs.push(length);
    start = end;
  }
  return runs;
}

function usedCount(lengths: Uint8Array): number {
  let count = lengths.length;
  while (count > 0 && lengths[count - 1] === 0) count--;
  return count;
}
