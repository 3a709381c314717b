import { encodeGzip, type GzipLevel, gzipEncoderVersion } from '../codec/gzip/encode-gzip.ts';
import type { Context } from '../io/context.ts';
import type { BlobRef, BlobStore } from '../values/blob.ts';
import type { DerivedCache } from '../values/derived-cache.ts';
import type { Digest } from '../values/digest.ts';
import { measure } from './measure.ts';

export interface Compressed {
  /** The gzip file, which is in the store. */
  readonly blob: BlobRef;
  /** The same before compression. */
  readonly raw: BlobRef;
}

export interface Compressor {
  readonly blobs: BlobStore;
  readonly cache: DerivedCache;
  readonly compression: GzipLevel;
}

const kind = 'gzip';
const memberBytes = 64 * 2 ** 20;

/**
 * Compresses a stream, or finds that it was done before: the result is remembered by the digest of the input and the
 * encoder's version, so the slow encoder runs once for each runtime layer. The input is made twice at most: once for
 * its digest and, when nothing is remembered, once to be compressed.
 *
 * @param open makes the stream; must give the same bytes each time.
 * @param title for the progress, such as `runtime layer`.
 */
export async function compressStream(
  ctx: Context,
  { blobs, cache, compression }: Compressor,
  open: () => AsyncIterable<Uint8Array>,
  title: string,
  target?: string,
): Promise<Compressed> {
  const raw = await measure(open());
  const key = `${raw.digest}/${gzipEncoderVersion}/${compression}${raw.sizeBytes > memberBytes ? `/${memberBytes}` : ''}`;
  const remembered = parseReference(await cache.recall(kind, key));
  if (remembered !== undefined && (await blobs.has(remembered.digest))) return { blob: remembered, raw };

  const where = target === undefined ? {} : { target };
  ctx.emit({ type: 'step.started', step: 'compress', title: `compress ${title}`, ...where });
  const blob = await blobs.putStream(gzipMembers(ctx, open(), compression));
  await cache.remember(kind, key, Buffer.from(JSON.stringify(blob)));
  const detail = `${String(raw.sizeBytes)} -> ${String(blob.sizeBytes)} bytes`;
  ctx.emit({ type: 'step.finished', step: 'compress', detail, ...where });
  return { blob, raw };
}

/**
 * A gzip file of one member for each 64 MiB of input (RFC 1952, 2.2), so that an application with large data does not
 * need several times its size in memory. Anything smaller is one member.
 */
async function* gzipMembers(
  ctx: Context,
  chunks: AsyncIterable<Uint8Array>,
  compression: GzipLevel,
): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.length;) {
      const piece = chunk.subarray(start, start + memberBytes - size);
      parts.push(piece);
      size += piece.length;
      start += piece.length;
      if (size < memberBytes) continue;
      ctx.signal.throwIfAborted();
      yield await encodeGzip(Buffer.concat(parts), compression);
      parts = [];
      size = 0;
    }
  }
  ctx.signal.throwIfAborted();
  if (size > 0) yield await encodeGzip(Buffer.concat(parts), compression);
}

function parseReference(bytes: Uint8Array | undefined): BlobRef | undefined {
  if (bytes === undefined) return undefined;
  const { digest, sizeBytes } = JSON.parse(Buffer.from(bytes).toString()) as { digest: Digest; sizeBytes: number };
  return { digest, sizeBytes };
}
