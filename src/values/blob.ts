import type { Digest } from './digest.ts';

/** A piece of content by its address. Holding one does not mean that the bytes are near. */
export interface BlobRef {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/**
 * Anything that can give the bytes behind an address: the store, an OCI layout, a registry, memory.
 * Bytes that it gives have been compared with the digest; a mismatch is an error, never data.
 */
export interface BlobSource {
  has(digest: Digest): Promise<boolean>;
  /** The whole content. For contents that fit in memory. */
  read(ref: BlobRef): Promise<Uint8Array>;
  /** The content in pieces. The last piece is only given when the whole matched the digest. */
  open(ref: BlobRef): AsyncIterable<Uint8Array>;
}

/** A place that keeps bytes by their address. */
export interface BlobSink {
  put(bytes: Uint8Array): Promise<BlobRef>;
  putStream(chunks: AsyncIterable<Uint8Array>): Promise<BlobRef>;
}

export interface BlobStore extends BlobSource, BlobSink {}
