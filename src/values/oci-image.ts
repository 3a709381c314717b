import type { BlobRef } from './blob.ts';

/** OCI descriptor (image-spec, descriptor.md). */
export interface OciDescriptor extends BlobRef {
  readonly mediaType: string;
  readonly platform?: OciPlatform;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** OCI platform (image-spec, image-index.md), Go's names. */
export interface OciPlatform {
  readonly os: 'linux';
  readonly architecture: string;
  readonly variant?: string;
}

export interface OciLayer extends OciDescriptor {
  /** Digest of the uncompressed tar. */
  readonly diffId: BlobRef['digest'];
  readonly rawBytes: number;
  /** What the layer holds: `runtime`, `app`, or the name of the image it came from. */
  readonly origin: string;
}

export interface OciManifest {
  readonly descriptor: OciDescriptor;
  readonly config: OciDescriptor;
  readonly layers: readonly OciLayer[];
}

/** An image for one or several platforms: made by `emit`, consumed by `registry`, written by the OCI emitters. */
export interface OciImage {
  readonly reference: string;
  readonly index: OciDescriptor;
  readonly manifests: readonly OciManifest[];
  /** Index, manifests, configs: the small blobs, by digest. Layers are in the store. */
  readonly documents: ReadonlyMap<BlobRef['digest'], Uint8Array>;
}
