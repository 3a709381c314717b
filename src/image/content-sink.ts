import type { BlobRef } from '../values/blob.ts';

/** Where contents of an image go. A `BlobSink` is one; others look at what passes and where it stands. */
export interface ContentSink {
  /**
   * @param path in the tree
   * @param layer as in the origin of the node
   */
  putStream(chunks: AsyncIterable<Uint8Array>, path: string, layer: string): Promise<BlobRef>;
}
