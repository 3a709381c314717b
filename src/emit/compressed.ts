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

/**
 * Compresses a stream, or finds that it was done before: the result is remembered by the digest of the input and the
 * encoder's version, so the slow encoder runs once for each runtime layer. The input is made twice at most: once for
 * its digest and, when nothing is remembered, once to be compressed in memory.
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
  const key = `${raw.digest}/${gzipEncoderVersion}/${compression}`;
  const remembered = parseReference(await cache.recall(kind, key));
  if (remembered !== undefined && (await blobs.has(remembered.digest))) return { blob: remembered, raw };

  const where = target === undefined ? {} : { target };
  ctx.emit({ type: 'step.started', step: 'compress', title: `compress ${title}`, ...where });
  const parts: Uint8Array[] = [];
  for await (const chunk of open()) parts.push(chunk);
  ctx.signal.throwIfAborted();
  const blob = await blobs.put(await encodeGzip(Buffer.concat(parts), compression));
  await cache.remember(kind, key, Buffer.from(JSON.stringify(blob)));
  const detail = `${String(raw.sizeBytes)} -> ${String(blob.sizeBytes)} bytes`;
  ctx.emit({ type: 'step.finished', step: 'compress', detail, ...where });
  return { blob, raw };
}

function parseReference(bytes: Uint8Array | undefined): BlobRef | undefined {
  if (bytes === undefined) return undefined;
  const { digest, sizeBytes } = JSON.parse(Buffer.from(bytes).toString()) as { digest: Digest; sizeBytes: number };
  return { digest, sizeBytes };
}
