import type { BlobRef } from './blob.ts';

/** OCI descriptor as far as moving an image needs it; media types of Docker are as good. */
export interface GraphDescriptor extends BlobRef {
  readonly mediaType: string;
}

/** A manifest or an index, byte for byte. */
export interface GraphDocument {
  readonly descriptor: GraphDescriptor;
  readonly bytes: Uint8Array;
  /** Configuration and layers of a manifest, in their order. Empty for an index. */
  readonly blobs: readonly GraphDescriptor[];
  /** What an index names, in its order. Empty for a manifest. */
  readonly children: readonly GraphDescriptor[];
}

/** An image, of one platform or many, as a registry keeps it: documents that name each other, and blobs. */
export interface ImageGraph {
  /** Each before what names it: the root is the last. None twice. */
  readonly documents: readonly GraphDocument[];
  readonly root: GraphDescriptor;
}
