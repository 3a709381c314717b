import { archiveError, limitError, unsupportedError } from '../archive-error.ts';
import { ChunkReader } from '../chunk-reader.ts';
import {
  blockAlignment,
  blockHeaderBytes,
  blockTypes,
  databaseHeader,
  dataHeaderBytes,
  longestSignature,
  plainMagic,
  shortBlockLimit,
  signatureHeader,
} from './adb-format.ts';
import { decompressAdb } from './decompress-adb.ts';

/** An ADB file up to its first data block. Who believes it compares the signatures before reading `data`. */
export interface AdbFile {
  /** What the database holds; see `schemas` in adb-format.ts. */
  readonly schema: number;
  /** The database block without its header: what signatures cover and package hashes are of. */
  readonly database: Uint8Array;
  readonly signatures: readonly AdbSignature[];
  /** Contents of files, in the order of the file. To be read once, each body before the next block. */
  readonly data: AsyncIterable<AdbData>;
  /** Frees the source when `data` is not read to its end. */
  close(): Promise<void>;
}

export interface AdbSignature {
  readonly version: number;
  /** apk's number of the hash over the database: 4 is SHA-512. */
  readonly hash: number;
  /** 32 hexadecimal digits. */
  readonly keyId: string;
  /** The whole block: header, key id and signature. */
  readonly bytes: Uint8Array;
}

export interface AdbData {
  /** Position of the folder and of the file in it, from 1. */
  readonly pathIndex: number;
  readonly fileIndex: number;
  readonly sizeBytes: number;
  readonly body: AsyncIterable<Uint8Array>;
}

export interface AdbLimits {
  /** The database block. */
  readonly databaseBytes: number;
  /** Everything after decompression. */
  readonly totalBytes: number;
}

const mostSignatures = 64;
const file = 'ADB';

/**
 * Opens an ADB file (apk package or index of version 3): blocks of database, signatures and data in this order, each
 * padded to 8 bytes. Only the database is held in memory.
 *
 * @throws KP4001 for damage with its offset in the decompressed file, KP4002 for a newer format, KP4003 over a limit
 */
export async function readAdb(chunks: AsyncIterable<Uint8Array>, limits: AdbLimits): Promise<AdbFile> {
  const reader = new ChunkReader(decompressAdb(chunks, limits.totalBytes));
  try {
    return await readStart(reader, limits);
  } catch (error) {
    await reader.close();
    throw error;
  }
}

async function readStart(reader: ChunkReader, limits: AdbLimits): Promise<AdbFile> {
  const head = Buffer.from(await reader.read(8));
  if (head.length < 8 || head.toString('latin1', 0, 4) !== plainMagic) {
    throw archiveError(file, 0, undefined, 'the content does not start with ADB. and a schema');
  }
  const first = await readHeader(reader);
  if (first?.type !== blockTypes.database) throw archiveError(file, 8, undefined, 'the first block is no database');
  const database = await readBody(reader, first, limits.databaseBytes);
  checkDatabase(database, first.offset);
  const signatures: AdbSignature[] = [];
  for (;;) {
    const block = await readHeader(reader);
    if (block?.type !== blockTypes.signature) {
      const data = readData(reader, block);
      return { schema: head.readUInt32LE(4), database, signatures, data, close: () => reader.close() };
    }
    if (signatures.length === mostSignatures) throw limitError(file, block.offset, undefined, 'too many signatures');
    signatures.push(parseSignature(await readBody(reader, block, longestSignature), block.offset));
  }
}

interface BlockHeader {
  readonly type: number;
  readonly offset: number;
  /** Without header and padding. */
  readonly sizeBytes: number;
  readonly paddingBytes: number;
}

async function readHeader(reader: ChunkReader): Promise<BlockHeader | undefined> {
  const offset = reader.offset;
  const start = Buffer.from(await reader.read(blockHeaderBytes.short));
  if (start.length === 0) return undefined;
  if (start.length < blockHeaderBytes.short) throw cutShort(offset);
  const word = start.readUInt32LE(0);
  if (word >>> 30 !== blockTypes.extended) {
    return makeHeader(word >>> 30, offset, blockHeaderBytes.short, word & shortBlockLimit);
  }
  const more = Buffer.from(await reader.read(blockHeaderBytes.extended - blockHeaderBytes.short));
  if (more.length < blockHeaderBytes.extended - blockHeaderBytes.short) throw cutShort(offset);
  const rawSize = more.readBigUInt64LE(blockHeaderBytes.sizeAt - blockHeaderBytes.short);
  if (rawSize > BigInt(Number.MAX_SAFE_INTEGER)) throw limitError(file, offset, undefined, 'a block is too large');
  return makeHeader(word & shortBlockLimit, offset, blockHeaderBytes.extended, Number(rawSize));
}

function makeHeader(type: number, offset: number, headerBytes: number, rawBytes: number): BlockHeader {
  if (rawBytes < headerBytes) throw archiveError(file, offset, undefined, 'a block is smaller than its header');
  const paddingBytes = (blockAlignment - (rawBytes % blockAlignment)) % blockAlignment;
  return { type, offset, sizeBytes: rawBytes - headerBytes, paddingBytes };
}

async function readBody(reader: ChunkReader, block: BlockHeader, limitBytes: number): Promise<Uint8Array> {
  if (block.sizeBytes > limitBytes) {
    throw limitError(file, block.offset, undefined, `a block has more than ${String(limitBytes)} bytes`);
  }
  const body = await reader.read(block.sizeBytes);
  if (body.length < block.sizeBytes) throw cutShort(block.offset);
  // The reader's piece may be part of a larger buffer that would be kept alive.
  const copy = new Uint8Array(body);
  await skipPadding(reader, block);
  return copy;
}

async function skipPadding(reader: ChunkReader, block: BlockHeader): Promise<void> {
  if ((await reader.skip(block.paddingBytes)) > 0) throw cutShort(block.offset);
}

function checkDatabase(database: Uint8Array, offset: number): void {
  if (database.length < databaseHeader.bytes) throw archiveError(file, offset, undefined, 'the database has no header');
  if (database[databaseHeader.compatAt] !== 0) {
    throw unsupportedError(file, offset, undefined, 'the database is of a newer format');
  }
}

function parseSignature(bytes: Uint8Array, offset: number): AdbSignature {
  if (bytes.length <= signatureHeader.bytes) throw archiveError(file, offset, undefined, 'a signature is too short');
  const { versionAt, hashAt, keyIdAt, keyIdBytes } = signatureHeader;
  return {
    version: bytes[versionAt] ?? 0,
    hash: bytes[hashAt] ?? 0,
    keyId: Buffer.from(bytes.subarray(keyIdAt, keyIdAt + keyIdBytes)).toString('hex'),
    bytes,
  };
}

async function* readData(reader: ChunkReader, first: BlockHeader | undefined): AsyncGenerator<AdbData, void> {
  try {
    for (let block = first; block !== undefined; block = await readHeader(reader)) {
      if (block.type !== blockTypes.data) throw archiveError(file, block.offset, undefined, 'a block is out of order');
      const head = Buffer.from(await reader.read(Math.min(dataHeaderBytes, block.sizeBytes)));
      if (head.length < dataHeaderBytes) throw cutShort(block.offset);
      const sizeBytes = block.sizeBytes - dataHeaderBytes;
      const left = { sizeBytes };
      const body = readPieces(reader, block, left);
      yield { pathIndex: head.readUInt32LE(0), fileIndex: head.readUInt32LE(4), sizeBytes, body };
      if ((await reader.skip(left.sizeBytes)) > 0) throw cutShort(block.offset);
      await skipPadding(reader, block);
    }
  } finally {
    await reader.close();
  }
}

async function* readPieces(
  reader: ChunkReader,
  block: BlockHeader,
  left: { sizeBytes: number },
): AsyncGenerator<Uint8Array, void> {
  while (left.sizeBytes > 0) {
    const piece = await reader.take(left.sizeBytes);
    if (piece === undefined) throw cutShort(block.offset);
    left.sizeBytes -= piece.length;
    yield piece;
  }
}

function cutShort(offset: number): Error {
  return archiveError(file, offset, undefined, 'the file is cut short in a block');
}
