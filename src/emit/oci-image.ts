import type { Context } from '../io/context.ts';
import type { Digest } from '../values/digest.ts';
import type { OciDescriptor, OciImage, OciLayer, OciManifest } from '../values/oci-image.ts';
import { compressStream } from './compressed.ts';
import type { EmitInput, EmitTarget } from './emit-input.ts';
import { splitLayers } from './layers.ts';
import { digestOf } from './measure.ts';
import { nonEmpty, ociConfig, sortKeys } from './oci-config.ts';
import { ociMediaTypes } from './oci-media-types.ts';
import { qualifiedReference } from './oci-names.ts';
import { treeToTar } from './tar.ts';

/**
 * Builds the image of all targets: one manifest each, and an index that names their platforms (with one target, an
 * index with one manifest). Layers are put into the store, the small documents are in the result.
 */
export async function buildOciImage(ctx: Context, input: EmitInput): Promise<OciImage> {
  const documents = new Map<Digest, Uint8Array>();
  const manifests: OciManifest[] = [];
  for (const target of input.targets) manifests.push(await buildManifest(ctx, input, target, documents));
  const annotations = nonEmpty(sortKeys(input.settings.annotations));
  const index = addDocument(documents, ociMediaTypes.index, {
    schemaVersion: 2,
    mediaType: ociMediaTypes.index,
    manifests: manifests.map(({ descriptor }) => ociDescriptor(descriptor)),
    annotations,
  });
  return { reference: qualifiedReference(input.settings), index, manifests, documents };
}

/** A descriptor as JSON has it, keys in the specification's order. */
export function ociDescriptor(descriptor: OciDescriptor): object {
  const { mediaType, digest, sizeBytes, platform, annotations } = descriptor;
  return {
    mediaType,
    digest,
    size: sizeBytes,
    annotations,
    platform: platform && { architecture: platform.architecture, os: platform.os, variant: platform.variant },
  };
}

async function buildManifest(
  ctx: Context,
  input: EmitInput,
  target: EmitTarget,
  documents: Map<Digest, Uint8Array>,
): Promise<OciManifest> {
  const layers: OciLayer[] = [];
  for (const { origin, nodes } of splitLayers(target.tree)) {
    const open = (): AsyncIterable<Uint8Array> => treeToTar(nodes, input.blobs);
    const { blob, raw } = await compressStream(ctx, input, open, `${origin} layer`, target.target.name);
    layers.push({ ...blob, mediaType: ociMediaTypes.layerGzip, diffId: raw.digest, rawBytes: raw.sizeBytes, origin });
  }
  const config = addBytes(documents, ociMediaTypes.config, ociConfig(input.settings, target, layers));
  const manifest = addDocument(documents, ociMediaTypes.manifest, {
    schemaVersion: 2,
    mediaType: ociMediaTypes.manifest,
    config: ociDescriptor(config),
    layers: layers.map(({ mediaType, digest, sizeBytes }) => ociDescriptor({ mediaType, digest, sizeBytes })),
    annotations: nonEmpty(sortKeys(input.settings.annotations)),
  });
  return { descriptor: { ...manifest, platform: target.target.oci }, config, layers };
}

function addDocument(documents: Map<Digest, Uint8Array>, mediaType: string, value: object): OciDescriptor {
  return addBytes(documents, mediaType, Buffer.from(JSON.stringify(value)));
}

function addBytes(documents: Map<Digest, Uint8Array>, mediaType: string, bytes: Uint8Array): OciDescriptor {
  const digest = digestOf(bytes);
  documents.set(digest, bytes);
  return { mediaType, digest, sizeBytes: bytes.length };
}
