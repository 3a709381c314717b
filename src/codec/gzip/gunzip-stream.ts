import { crc32, createInflateRaw, type InflateRaw } from 'node:zlib';
import { archiveError, limitError } from '../archive-error.ts';
import { ChunkReader } from '../chunk-reader.ts';
import { inflateError, isPadding } from './gunzip-members.ts';
import { defaultGunzipLimitBytes, type GunzipOptions } from './gzip-options.ts';
import { checkTrailer, longestHeaderBytes, memberHeaderBytes, trailerBytes } from './member-header.ts';

/**
 * Decompresses all members of a gzip stream. node:zlib's own Gunzip takes a damaged second header for trailing rubbish
 * and ends without a word; here it is an error.
 *
 * @throws KP4001 for damage with its offset, KP4003 over `limitBytes`.
 */
export async function* gunzipStream(
  chunks: AsyncIterable<Uint8Array>,
  options: GunzipOptions = {},
): AsyncGenerator<Uint8Array, void> {
  const limitBytes = options.limitBytes ?? defaultGunzipLimitBytes;
  const reader = new ChunkReader(chunks);
  let total = 0;
  try {
    for (let first = true; first || !(await atEnd(reader)); first = false) {
      await skipHeader(reader);
      const start = reader.offset;
      let crc = 0;
      let sizeBytes = 0;
      for await (const piece of inflateFrom(reader, start)) {
        crc = crc32(piece, crc);
        sizeBytes += piece.length;
        total += piece.length;
        if (total > limitBytes) {
          throw limitError('gzip', start, undefined, `the content is larger than ${String(limitBytes)} bytes`);
        }
        yield piece;
      }
      const trailerAt = reader.offset;
      checkTrailer(await reader.read(trailerBytes), crc, sizeBytes, trailerAt);
    }
  } finally {
    await reader.close();
  }
}

/** Only zero bytes may stand between the last member and the end. */
async function atEnd(reader: ChunkReader): Promise<boolean> {
  for (;;) {
    const piece = await reader.take();
    if (piece === undefined) return true;
    if (isPadding(piece)) continue;
    reader.unread(piece);
    return false;
  }
}

async function skipHeader(reader: ChunkReader): Promise<void> {
  const offset = reader.offset;
  let head: Uint8Array = new Uint8Array(0);
  for (;;) {
    const piece = await reader.take();
    if (piece === undefined || head.length > longestHeaderBytes) {
      throw archiveError('gzip', offset, undefined, 'the file is cut short in a gzip header');
    }
    head = head.length === 0 ? piece : Buffer.concat([head, piece]);
    const length = memberHeaderBytes(head, offset);
    if (length === undefined) continue;
    reader.unread(head.subarray(length));
    return;
  }
}

/** Inflates one deflate stream and leaves the reader right behind it. */
export async function* inflateFrom(reader: ChunkReader, offset: number): AsyncGenerator<Uint8Array, void> {
  const engine = createInflateRaw({ chunkSize: 2 ** 16 });
  // Both are awaited below; an error of the source must reach the consumer through the engine.
  const fed = feed(engine, reader).catch((error: unknown) => {
    engine.destroy(error as Error);
  });
  try {
    for await (const piece of engine) yield piece as Uint8Array;
    await fed;
  } catch (error) {
    throw isZlibError(error) ? inflateError(error, 0, offset + engine.bytesWritten) : error;
  } finally {
    engine.destroy();
  }
}

async function feed(engine: InflateRaw, reader: ChunkReader): Promise<void> {
  let given = 0;
  while (!engine.destroyed) {
    const piece = await reader.take(2 ** 16);
    if (piece === undefined) break;
    given += piece.length;
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        engine.off('close', settle);
        resolve();
      };
      engine.once('close', settle);
      engine.write(piece, settle);
    });
    // Input that the engine leaves lies behind the end of the deflate stream.
    const left = given - engine.bytesWritten;
    if (left === 0) continue;
    reader.unread(piece.subarray(piece.length - left));
    break;
  }
  engine.end();
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');
}
