import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { archiveError, unsupportedError } from '../archive-error.ts';
import { branchFilters, undoBranchFilter, type BranchFilter } from './branch-filters.ts';
import { LzmaDecoder } from './lzma-decoder.ts';

const magic = Buffer.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00);
const headerBytes = 12;
const lzma2 = 0x21;
/** Bytes of each kind of check by its number (xz file format 1.2.1, 2.1.1.2). */
const checkBytes: readonly number[] = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];

/**
 * One small xz stream at once, as squashfs has one for each of its blocks: in TypeScript, because a process for each would take
 * longer than the work, and with the filters for programs. Check values of kinds CRC32 and SHA-256 are compared.
 *
 * @param limitBytes most bytes of content; this much is allocated
 * @throws KilopyError KP4001 for damage and for more than the limit, KP4002 for filters that are not known
 */
export function unxzBlock(bytes: Uint8Array, limitBytes: number): Uint8Array {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (!input.subarray(0, 6).equals(magic)) throw damaged(0, 'it does not begin as xz');
  if (input.length < headerBytes + 8) throw damaged(input.length, 'it is cut short');
  if (crc32(input.subarray(6, 8)) !== input.readUInt32LE(8)) throw damaged(6, 'the checksum of its header is wrong');
  const check = (input[7] ?? 0) & 15;
  const block = blockHeader(input);
  const decoder = new LzmaDecoder(limitBytes);
  const end = decodeLzma2(decoder, input, block.end);
  const content = decoder.out.subarray(0, decoder.end);
  for (const filter of block.filters) undoBranchFilter(filter, content);
  const checkAt = headerBytes + Math.ceil((end - headerBytes) / 4) * 4;
  compareCheck(check, content, input.subarray(checkAt, checkAt + (checkBytes[check] ?? 0)), checkAt);
  return content;
}

interface BlockHeader {
  readonly end: number;
  /** In the order in which they are undone. */
  readonly filters: readonly BranchFilter[];
}

function blockHeader(input: Buffer): BlockHeader {
  const words = input[headerBytes] ?? 0;
  const end = headerBytes + (words + 1) * 4;
  if (words === 0 || end > input.length) throw damaged(headerBytes, 'it has no block');
  if (crc32(input.subarray(headerBytes, end - 4)) !== input.readUInt32LE(end - 4))
    throw damaged(headerBytes, 'the checksum of a block header is wrong');
  const flags = input[headerBytes + 1] ?? 0;
  let at = headerBytes + 2;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; shift < 49; shift += 7) {
      const byte = at < end - 4 ? (input[at++] ?? 0) : 0xff;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw damaged(at, 'a number in a block header has no end');
  };
  if ((flags & 0x40) !== 0) number();
  if ((flags & 0x80) !== 0) number();
  const filters: BranchFilter[] = [];
  for (let left = (flags & 3) + 1; left > 0; left--) {
    const id = number();
    const properties = number();
    at += properties;
    if (left === 1) {
      if (id !== lzma2) throw unsupportedError('xz', at, undefined, `the filter ${String(id)} is not known`);
      continue;
    }
    const filter = branchFilters.get(id);
    if (filter === undefined || properties !== 0)
      throw unsupportedError('xz', at, undefined, `the filter ${String(id)} is not known`);
    filters.unshift(filter);
  }
  return { end, filters };
}

/** Chunks of LZMA2 up to their end mark; returns where that ends. */
function decodeLzma2(decoder: LzmaDecoder, input: Buffer, start: number): number {
  let at = start;
  let hasDictionary = false;
  let hasState = false;
  for (;;) {
    const control = input[at++];
    if (control === undefined) throw damaged(at, 'it is cut short');
    if (control === 0) return at;
    const isPlain = control < 0x80;
    if (isPlain && control > 2) throw damaged(at, 'a chunk is of no known kind');
    const reset = isPlain ? (control === 1 ? 3 : 0) : (control >> 5) & 3;
    if (reset === 3) decoder.start = decoder.end;
    hasDictionary ||= reset === 3;
    if (!hasDictionary) throw damaged(at, 'a chunk goes on what is not there');
    const packed = isPlain ? 0 : 2;
    if (at + 2 + packed > input.length) throw damaged(at, 'it is cut short');
    const sizeBytes = (isPlain ? 0 : (control & 0x1f) << 16) + input.readUInt16BE(at) + 1;
    const dataBytes = isPlain ? sizeBytes : input.readUInt16BE(at + 2) + 1;
    at += 2 + packed;
    if (!isPlain && reset >= 2) {
      if (!decoder.setProperties(input[at++] ?? 0xff)) throw damaged(at, 'its properties are not those of LZMA2');
      hasState = true;
    }
    const data = input.subarray(at, at + dataBytes);
    if (data.length < dataBytes) throw damaged(at, 'it is cut short');
    at += dataBytes;
    if (isPlain) {
      decoder.copy(data);
      continue;
    }
    if (!hasState) throw damaged(at, 'a chunk goes on what is not there');
    if (reset >= 1) decoder.resetState();
    decoder.decode(data, sizeBytes);
  }
}

function compareCheck(kind: number, content: Uint8Array, found: Buffer, at: number): void {
  if (found.length < (checkBytes[kind] ?? 0)) throw damaged(at, 'it is cut short');
  const isRight =
    kind === 1
      ? crc32(content) === found.readUInt32LE(0)
      : kind !== 10 || createHash('sha256').update(content).digest().equals(found);
  if (!isRight) throw damaged(at, 'the checksum of the content is wrong');
}

function damaged(offset: number, why: string): ReturnType<typeof archiveError> {
  return archiveError('xz', offset, undefined, `the compressed data is damaged: ${why}`);
}
