import { KilopyError } from '../../errors/kilopy-error.ts';
import { archiveError, limitError, unsupportedError } from '../archive-error.ts';
import { ChunkReader } from '../chunk-reader.ts';
import { inflateFrom } from '../gzip/gunzip-stream.ts';
import { unzstdStream } from '../zstd.ts';
import { algorithms, chosenMagic, deflateMagic, plainMagic } from './adb-format.ts';

export type AdbCompression = 'none' | 'deflate' | 'zstd';

/**
 * The content of an ADB file from `ADB.` on, whichever of its compressions it has.
 *
 * @param limitBytes most bytes of content
 * @throws KP4001 for damage or another format, KP4002 for an unknown compression, KP4003 over the limit
 */
export async function* decompressAdb(
  chunks: AsyncIterable<Uint8Array>,
  limitBytes: number,
): AsyncGenerator<Uint8Array, void> {
  const reader = new ChunkReader(chunks);
  try {
    const head = await reader.read(4);
    const magic = Buffer.from(head).toString('latin1');
    if (magic === plainMagic) yield head;
    const compression = await compressionOf(reader, magic);
    let total = 0;
    for await (const piece of contentOf(reader, compression, limitBytes)) {
      total += piece.length;
      if (total > limitBytes) {
        throw limitError('ADB', reader.offset, undefined, `the content is larger than ${String(limitBytes)} bytes`);
      }
      yield piece;
    }
  } catch (error) {
    throw asAdbError(error, reader.offset);
  } finally {
    await reader.close();
  }
}

async function compressionOf(reader: ChunkReader, magic: string): Promise<AdbCompression> {
  if (magic === plainMagic) return 'none';
  if (magic === deflateMagic) return 'deflate';
  if (magic !== chosenMagic) throw archiveError('ADB', 0, undefined, 'the file does not start with ADB., ADBd or ADBc');
  const [algorithm] = await reader.read(2);
  if (algorithm === algorithms.none) return 'none';
  if (algorithm === algorithms.deflate) return 'deflate';
  if (algorithm === algorithms.zstd) return 'zstd';
  throw unsupportedError('ADB', 4, undefined, `compression ${String(algorithm ?? 'missing')} is not known`);
}

async function* contentOf(
  reader: ChunkReader,
  compression: AdbCompression,
  limitBytes: number,
): AsyncGenerator<Uint8Array, void> {
  if (compression === 'none') yield* rest(reader);
  else if (compression === 'zstd') yield* unzstdStream(rest(reader), limitBytes);
  else {
    yield* inflateFrom(reader, reader.offset);
    if ((await reader.take()) !== undefined) {
      throw archiveError('ADB', reader.offset, undefined, 'bytes follow the end of the compressed data');
    }
  }
}

async function* rest(reader: ChunkReader): AsyncGenerator<Uint8Array, void> {
  for (let piece = await reader.take(); piece !== undefined; piece = await reader.take()) yield piece;
}

/** Errors of the decompressors name their own format; a person has an apk file. */
function asAdbError(error: unknown, offset: number): unknown {
  if (!(error instanceof KilopyError) || error.code !== 'KP4001' || error.data['format'] === 'ADB') return error;
  const at = typeof error.data['offset'] === 'number' ? error.data['offset'] : offset;
  return archiveError('ADB', at, undefined, 'the compressed data is damaged or cut short', error);
}
