import type { BitWriter } from './bit-writer.ts';
import { type CodeHeader, codeHeader, headerBits, writeHeader } from './code-header.ts';
import { canonicalCodes, codeLengths } from './huffman.ts';
import {
  distanceExtraBits,
  distanceSymbol,
  distanceSymbols,
  endOfBlock,
  lengthBase,
  lengthExtraBits,
  lengthSymbol,
  literalSymbols,
} from './symbols.ts';
import { type Token, tokenLengthShift } from './tokens.ts';

const longestCode = 15;
const blockHeaderBits = 3;
const dynamicBlock = 2;

/** How often each symbol occurs in a stretch of tokens. */
export interface Histogram {
  readonly literals: Uint32Array;
  readonly distances: Uint32Array;
}

/** A Huffman code for a stretch of tokens, and its exact cost. */
export interface BlockCode {
  readonly literals: Uint8Array;
  readonly distances: Uint8Array;
  readonly header: CodeHeader;
  readonly bits: number;
}

export function countTokens(tokens: Uint32Array, start: number, end: number): Histogram {
  const literals = new Uint32Array(literalSymbols);
  const distances = new Uint32Array(distanceSymbols);
  for (let index = start; index < end; index++) {
    const token = tokens[index] as Token;
    if (token < endOfBlock) {
      increment(literals, token);
      continue;
    }
    increment(literals, lengthSymbol[token >> tokenLengthShift] as number);
    increment(distances, distanceSymbol(token & 0xffff));
  }
  return { literals, distances };
}

export function addHistograms(a: Histogram, b: Histogram): Histogram {
  return {
    literals: a.literals.map((count, symbol) => count + (b.literals[symbol] as number)),
    distances: a.distances.map((count, symbol) => count + (b.distances[symbol] as number)),
  };
}

export function blockCode({ literals, distances }: Histogram): BlockCode {
  const counts = Uint32Array.from(literals);
  counts[endOfBlock] = 1;
  const literalLengths = codeLengths(counts, longestCode);
  const distanceLengths = codeLengths(distances, longestCode);
  const header = codeHeader(literalLengths, distanceLengths);
  let bits = blockHeaderBits + headerBits(header);
  for (let symbol = 0; symbol < literalSymbols; symbol++) {
    bits += (counts[symbol] as number) * ((literalLengths[symbol] as number) + (lengthExtraBits[symbol] as number));
  }
  for (let symbol = 0; symbol < distanceSymbols; symbol++) {
    bits += (distances[symbol] as number) * ((distanceLengths[symbol] as number) + distanceExtraBits(symbol));
  }
  return { literals: literalLengths, distances: distanceLengths, header, bits };
}

export function writeBlock(
  writer: BitWriter,
  code: BlockCode,
  tokens: Uint32Array,
  start: number,
  end: number,
  final: boolean,
): void {
  writer.write((final ? 1 : 0) | (dynamicBlock << 1), blockHeaderBits);
  writeHeader(writer, code.header);
  const literalCodes = canonicalCodes(code.literals);
  const distanceCodes = canonicalCodes(code.distances);
  const literal = (symbol: number): void => {
    writer.write(literalCodes[symbol] as number, code.literals[symbol] as number);
  };
  for (let index = start; index < end; index++) {
    const token = tokens[index] as Token;
    if (token < endOfBlock) {
      literal(token);
      continue;
    }
    const length = token >> tokenLengthShift;
    const symbol = lengthSymbol[length] as number;
    literal(symbol);
    writer.write(length - (lengthBase[symbol] as number), lengthExtraBits[symbol] as number);
    const distance = token & 0xffff;
    const far = distanceSymbol(distance);
    const extra = distanceExtraBits(far);
    writer.write(distanceCodes[far] as number, code.distances[far] as number);
    writer.write((distance - 1) & (2 ** extra - 1), extra);
  }
  literal(endOfBlock);
}

function increment(counts: Uint32Array, symbol: number): void {
  counts[symbol] = (counts[symbol] as number) + 1;
}
