import type { BlobSource } from '../values/blob.ts';
import type { OciDescriptor, OciImage } from '../values/oci-image.ts';
import type { ImageSettings } from './emit-input.ts';
import { ociDescriptor } from './oci-image.ts';
import { ociMediaTypes } from './oci-media-types.ts';
import { familiarReference } from './oci-names.ts';

/** One file of an image layout: small ones as bytes, layers as what the store opens. */
export interface LayoutFile {
  readonly path: string;
  readonly sizeBytes: number;
  open(): AsyncIterable<Uint8Array>;
}

/**
 * The files of an OCI image layout (image-spec, image-layout.md), bytewise by path. `index.json` has one entry: the
 * manifest when there is one target, because not every reader looks into a second index; else the index of platforms.
 */
export function layoutFiles(image: OciImage, settings: ImageSettings, blobs: BlobSource): LayoutFile[] {
  const single = image.manifests.length === 1 ? image.manifests[0] : undefined;
  const entry: OciDescriptor = {
    ...(single?.descriptor ?? image.index),
    annotations: { 'io.containerd.image.name': image.reference, 'org.opencontainers.image.ref.name': settings.tag },
  };
  const index = { schemaVersion: 2, mediaType: ociMediaTypes.index, manifests: [ociDescriptor(entry)] };
  const files = new Map<string, LayoutFile>();
  const add = (file: LayoutFile): void => {
    files.set(file.path, file);
  };
  for (const [digest, bytes] of image.documents) {
    if (single === undefined || digest !== image.index.digest) add(memoryFile(blobPath(digest), bytes));
  }
  for (const { digest, sizeBytes } of image.manifests.flatMap(({ layers }) => layers)) {
    add({ path: blobPath(digest), sizeBytes, open: () => blobs.open({ digest, sizeBytes }) });
  }
  add(memoryFile('index.json', Buffer.from(JSON.stringify(index))));
  add(layoutMark());
  return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** What makes a folder a layout. */
export function layoutMark(): LayoutFile {
  return memoryFile('oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
}

/**
 * `manifest.json` of a docker archive, which `docker load` needs beside the layout. One entry, the first target:
 * skopeo refuses several, and choosing this machine's own would make the bytes depend on it.
 */
export function dockerManifest(image: OciImage, settings: ImageSettings): LayoutFile {
  const entries = image.manifests.slice(0, 1).map(({ config, layers }) => ({
    Config: blobPath(config.digest),
    RepoTags: [familiarReference(settings)],
    Layers: layers.map(({ digest }) => blobPath(digest)),
  }));
  return memoryFile('manifest.json', Buffer.from(JSON.stringify(entries)));
}

/** image-spec, image-layout.md, "Blobs". */
export function blobPath(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}

export function memoryFile(path: string, bytes: Uint8Array): LayoutFile {
  return {
    path,
    sizeBytes: bytes.length,
    async *open() {
      yield bytes;
    },
  };
}
