import { createHasher, sha256 } from '../crypto/digest.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import type { Tree } from '../tree/node.ts';
import type { Digest } from '../values/digest.ts';
import { applyLayer } from './apply-layer.ts';
import { findManifest, type FoundManifest, type LayerSource, type WantedImage } from './find-manifest.ts';
import { imageConfig, parseDocument, type ImageConfig } from './image-documents.ts';
import type { ImageFiles } from './image-files.ts';
import { plainChunks } from './plain-chunks.ts';
import { readSmall } from './read-small.ts';
import type { ContentSink } from './content-sink.ts';

export interface ReadImage {
  readonly config: ImageConfig;
  readonly configDigest: Digest;
  /** From the lowest to the topmost. */
  readonly layers: readonly ReadLayer[];
  readonly tree: Tree;
}

interface ReadLayer {
  readonly diffId: Digest;
  /** As it lies in the image, compressed or not. */
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly rawBytes: number;
}

export interface ReadImageOptions extends WantedImage {
  /** Name of the image in origins and messages. */
  readonly reference: string;
}

/**
 * An image as one tree, with its layers applied in order, every digest compared. Reads OCI layouts and archives, Docker
 * archives, and archives that are both. One layer is in flight at a time, in pieces. Throws KP7401 to KP7404.
 */
export async function readImage(
  ctx: Context,
  files: ImageFiles,
  blobs: ContentSink,
  options: ReadImageOptions,
): Promise<ReadImage> {
  return readFoundImage(ctx, files, await findManifest(files, options), blobs, options.reference);
}

/** The same for an image that has been chosen (`listImages`). */
export async function readFoundImage(
  ctx: Context,
  files: ImageFiles,
  manifest: FoundManifest,
  blobs: ContentSink,
  reference: string,
): Promise<ReadImage> {
  const configBytes = await readSmall(files, manifest.config.name);
  checkDigest(files.source, manifest.config.name, manifest.config.digest, sha256(configBytes));
  const config = parseDocument(imageConfig, configBytes, manifest.config.name, files.source);
  const diffIds = config.rootfs.diff_ids ?? [];
  if (diffIds.length !== manifest.layers.length) throw wrongCount(files.source, manifest.layers.length, diffIds.length);
  let tree: Tree = new Map();
  const layers: ReadLayer[] = [];
  for (const [index, diffId] of diffIds.entries()) {
    const source = manifest.layers[index];
    if (source === undefined) break;
    const read = await readLayer(ctx, files, source, diffId, (chunks) => {
      const origin = { kind: 'image', reference, layer: diffId } as const;
      return applyLayer(tree, chunks, { blobs, origin, limits: ctx.limits });
    });
    tree = read.tree;
    layers.push(read.layer);
  }
  return { config, configDigest: sha256(configBytes), layers, tree };
}

async function readLayer(
  ctx: Context,
  files: ImageFiles,
  source: LayerSource,
  diffId: Digest,
  apply: (chunks: AsyncIterable<Uint8Array>) => Promise<Tree>,
): Promise<{ tree: Tree; layer: ReadLayer }> {
  const [packed, raw] = [createHasher(), createHasher()];
  const tree = await apply(hashed(plainChunks(ctx, hashed(files.open(source.name), packed)), raw));
  checkDigest(files.source, source.name, source.digest, packed.digest());
  checkDigest(files.source, `${source.name}, uncompressed,`, diffId, raw.digest());
  const layer = { diffId, digest: packed.digest(), sizeBytes: packed.sizeBytes, rawBytes: raw.sizeBytes };
  return { tree, layer };
}

async function* hashed(
  chunks: AsyncIterable<Uint8Array>,
  hasher: ReturnType<typeof createHasher>,
): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of chunks) {
    hasher.update(chunk);
    yield chunk;
  }
}

/** Docker archives name no digests of their parts: then there is nothing to compare. */
function checkDigest(source: string, name: string, expected: Digest | undefined, found: Digest): void {
  if (expected === undefined || expected === found) return;
  throw new KilopyError('KP7404', `${name} of ${source} is not what the image says`, {
    where: source,
    why: `its digest is ${found} instead of ${expected}`,
    data: { name, expected, found },
  });
}

function wrongCount(source: string, layers: number, diffIds: number): KilopyError {
  return new KilopyError('KP7401', `the manifest and the configuration of ${source} contradict each other`, {
    where: source,
    why: `the manifest has ${layers} layers, the configuration ${diffIds}`,
  });
}
