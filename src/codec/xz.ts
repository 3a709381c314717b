import { createRequire } from 'node:module';
import { ReadableStream } from 'node:stream/web';
import type * as XzDecompress from 'xz-decompress';
import { KilopyError } from '../errors/kilopy-error.ts';
import { archiveError, limitError } from './archive-error.ts';
import { ChunkReader } from './chunk-reader.ts';

const magic = Buffer.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00);
/** A stream ends with this; zero bytes may follow (xz file format 1.2.1, sections 2.1.2.4 and 2.2). */
const footerMagic = Buffer.from('YZ');

/**
 * Decompresses xz in WebAssembly, for machines without the `xz` program (which is three times faster, and reads BCJ
 * filters, which this does not).
 *
 * @param limitBytes most bytes of content.
 * @throws KP4001 for damage, KP4003 over the limit.
 */
export async function* unxzStream(
  chunks: AsyncIterable<Uint8Array>,
  limitBytes: number,
): AsyncGenerator<Uint8Array, void> {
  const reader = new ChunkReader(chunks);
  const tail = { bytes: Buffer.alloc(0) };
  let total = 0;
  try {
    const head = await reader.read(magic.length);
    if (!magic.equals(head)) throw archiveError('xz', 0, undefined, 'this is not xz');
    reader.unread(head);
    for await (const piece of decode(reader, tail)) {
      total += piece.length;
      if (total > limitBytes) {
        throw limitError('xz', reader.offset, undefined, `the content is larger than ${String(limitBytes)} bytes`);
      }
      yield piece;
    }
    if (!tail.bytes.equals(footerMagic)) {
      throw archiveError('xz', reader.offset, undefined, 'the file is cut short or has something behind its end');
    }
  } finally {
    await reader.close();
  }
}

async function* decode(reader: ChunkReader, tail: { bytes: Buffer }): AsyncGenerator<Uint8Array, void> {
  const { XzReadableStream } = createRequire(import.meta.url)('xz-decompress') as typeof XzDecompress;
  let sourceError: unknown;
  const source = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const piece = await reader.take(2 ** 16);
        if (piece === undefined) {
          controller.close();
          return;
        }
        tail.bytes = Buffer.concat([tail.bytes, withoutPadding(piece)]).subarray(-footerMagic.length);
        controller.enqueue(piece);
      } catch (error) {
        sourceError = error;
        controller.error(error);
      }
    },
  });
  try {
    yield* new XzReadableStream(source) as unknown as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (sourceError !== undefined) throw sourceError;
    if (error instanceof KilopyError) throw error;
    throw archiveError(
      'xz',
      reader.offset,
      undefined,
      'the compressed data is damaged or uses a filter that needs the xz program',
      error,
    );
  }
}

function withoutPadding(piece: Uint8Array): Uint8Array {
  let end = piece.length;
  while (end > 0 && piece[end - 1] === 0) end--;
  return piece.subarray(0, end);
}
