import type { Context } from '../io/context.ts';
import type { Digest } from '../values/digest.ts';
import type { OciDescriptor, OciImage, OciLayer, OciManifest } from '../values/oci-image.ts';
import { compressStream } from './compressed.ts';
import type { EmitInput, EmitTarget } from './emit-input.ts';
import { layersAbove } from './layers-above.ts';
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
  // Together, because large layers are compressed on threads.
  const layers = await Promise.all(input.targets.map((target) => buildLayers(ctx, input, target)));
  const manifests = input.targets.map((target, index) => buildManifest(input, target, layers[index] ?? [], documents));
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

async function buildLayers(ctx: Context, input: EmitInput, { target, tree, below }: EmitTarget): Promise<OciLayer[]> {
  const layers: OciLayer[] = [...(below?.layers ?? [])];
  for (const { origin, nodes } of below?.layers === undefined ? splitLayers(tree) : layersAbove(tree, below.tree)) {
    const open = (): AsyncIterable<Uint8Array> => treeToTar(nodes, input.blobs);
    const { blob, raw } = await compressStream(ctx, input, open, `${origin} layer`, target.name);
    layers.push({ ...blob, mediaType: ociMediaTypes.layerGzip, diffId: raw.digest, rawBytes: raw.sizeBytes, origin });
  }
  return layers;
}

function buildManifest(
  input: EmitInput,
  target: EmitTarget,
  layers: readonly OciLayer[],
  documents: Map<Digest, Uint8Array>,
): OciManifest {
  const config = addBytes(documents, ociMediaTypes.config, ociConfig(input.settings, target, layers));
  const manifest = addDocument(documents, ociMediaTypes.manifest, {
    schemaVersion: 2,
    mediaType: ociMediaTypes.manifest,
    config: ociDescriptor(config),
    layers: layers.map(({ mediaType, digest, sizeBytes }) => ociDescriptor({ mediaType, digest, sizeBytes })),
    annotations: nonEmpty(sortKeys({ ...target.below?.annotations, ...input.settings.annotations })),
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
