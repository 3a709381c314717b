import { limitError, withSource } from '../archive-error.ts';
import { ChunkReader } from '../chunk-reader.ts';
import { paddedBytes } from './raw-header.ts';
import type { PaxRecords, TarHeader, TarOptions } from './tar-header.ts';
import { bodyCutShort, walkTar } from './walk.ts';

export interface TarStreamEntry {
  readonly header: TarHeader;
  readonly pax: PaxRecords;
  /** The content in pieces. What is not read before the next entry is asked for is skipped. */
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Reads a tar archive as a stream, holding one piece at a time. The same formats and errors as `readTar`. The source
 * is read to its end, so that checks behind it (a gzip trailer, a digest) are made.
 */
export async function* readTarStream(
  chunks: AsyncIterable<Uint8Array>,
  options: TarOptions = {},
): AsyncGenerator<TarStreamEntry, void> {
  const reader = new ChunkReader(chunks);
  const walk = walkTar(options);
  try {
    let step = walk.next();
    while (step.done !== true) {
      const demand = step.value;
      if (demand.kind === 'read') {
        step = walk.next(await reader.read(demand.sizeBytes));
        continue;
      }
      const { header, pax } = demand;
      const end = reader.offset + header.sizeBytes;
      const next = reader.offset + paddedBytes(header.sizeBytes);
      yield { header, pax, body: readBody(reader, header, end, options.source) };
      if ((await reader.skip(next - reader.offset)) > 0) throw bodyCutShort(header, options.source);
      step = walk.next(new Uint8Array(0));
    }
    await readPadding(reader, options.source);
  } finally {
    await reader.close();
  }
}

/** GNU tar pads to 10 KiB, or to what its option -b says. More is not for padding. */
const maxPaddingBytes = 16 * 2 ** 20;

async function readPadding(reader: ChunkReader, source: string | undefined): Promise<void> {
  const end = reader.offset;
  while ((await reader.take()) !== undefined) {
    if (reader.offset - end <= maxPaddingBytes) continue;
    const message = `more than ${String(maxPaddingBytes)} bytes follow the end mark of the archive`;
    throw withSource(limitError('tar', end, undefined, message), source);
  }
}

async function* readBody(
  reader: ChunkReader,
  header: TarHeader,
  end: number,
  source: string | undefined,
): AsyncGenerator<Uint8Array, void> {
  while (reader.offset < end) {
    const piece = await reader.take(end - reader.offset);
    if (piece === undefined) throw bodyCutShort(header, source);
    yield piece;
  }
}
