import { createHash } from 'node:crypto';
import type { Digest } from '../values/digest.ts';
import type { BlobRef } from '../values/blob.ts';

/** Digest and size of a stream that can be made again: it is read and thrown away, not kept. */
export async function measure(chunks: AsyncIterable<Uint8Array>): Promise<BlobRef> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  return { digest: `sha256:${hash.digest('hex')}`, sizeBytes };
}

export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
