import { createHash } from 'node:crypto';
import type { BlobRef, BlobStore } from '../../src/values/blob.ts';
import type { Digest } from '../../src/values/digest.ts';

export interface MemoryBlobs extends BlobStore {
  /** What has been put, by digest. */
  readonly contents: ReadonlyMap<Digest, Uint8Array>;
  /** `put` for tables of a test: no promise. */
  add(content: string | Uint8Array): BlobRef;
}

/** A store of blobs in memory. */
export function memoryBlobs(): MemoryBlobs {
  const contents = new Map<Digest, Uint8Array>();
  function add(content: string | Uint8Array): BlobRef {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
    const digest: Digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    contents.set(digest, bytes);
    return { digest, sizeBytes: bytes.length };
  }
  function get(ref: BlobRef): Uint8Array {
    const bytes = contents.get(ref.digest);
    if (bytes === undefined) throw new Error(`no blob ${ref.digest}`);
    return bytes;
  }
  return {
    contents,
    add,
    has: (digest) => Promise.resolve(contents.has(digest)),
    read: (ref) => Promise.resolve(get(ref)),
    async *open(ref) {
      yield get(ref);
    },
    put: (bytes) => Promise.resolve(add(bytes)),
    async putStream(chunks) {
      const parts: Uint8Array[] = [];
      for await (const chunk of chunks) parts.push(chunk);
      return add(Buffer.concat(parts));
    },
  };
}
