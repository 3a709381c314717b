import { resolve } from 'node:path';
import type { Context } from '../../io/context.ts';
import type { Pushed } from '../../registry/push-image.ts';
import { formatReference, type ImageReference } from '../../registry/reference.ts';
import { openStore } from '../../store/store.ts';
import type { BlobSource } from '../../values/blob.ts';
import type { Digest } from '../../values/digest.ts';
import type { GraphDescriptor, GraphDocument } from '../../values/image-graph.ts';
import { pushTo } from '../registry/copy.ts';
import type { SourceImage } from '../registry/source-image.ts';
import { writableReference } from '../registry/writable-reference.ts';
import { configType, indexType, manifestType, type ApkoImage, type JsonDocument } from './image.ts';
import { apkoImages, type ApkoImages } from './images.ts';
import { loadLocally } from './load-locally.ts';
import type { ApkoRequest } from './request.ts';
import { writeSboms } from './sbom.ts';

export interface PublishRequest {
  /** `[REGISTRY/]NAME[:TAG]`, at least one. */
  readonly tags: readonly string[];
  /** Into the container engine of this machine instead of a registry. */
  readonly local: boolean;
  /** Where the references with digests are written, relative to the working directory. */
  readonly imageRefs: string | undefined;
  readonly plainHttp: readonly string[];
}

export interface ApkoPublished {
  /** With the digest: of the index in the repository of the first tag, of the one image that was loaded locally. */
  readonly reference: string;
  readonly tags: readonly string[];
  readonly digest: Digest;
  /** Every image with its digest, then the index. */
  readonly references: readonly string[];
  readonly sboms: readonly string[];
  /** One for each tag; empty with `local`. */
  readonly pushed: readonly Pushed[];
  /** The container engine, with `local`. */
  readonly engine?: string;
}

/**
 * `apko publish`: the index of all architectures under each tag in its registry, or with `local` the image of this
 * machine's architecture in the container engine.
 *
 * @throws KilopyError KP6101 for a tag before anything is built, those of apkoBuild, KP61xx for the registry, KP9001
 *   without an engine
 */
export async function apkoPublish(
  ctx: Context,
  request: ApkoRequest,
  { tags, local, imageRefs, plainHttp }: PublishRequest,
): Promise<ApkoPublished> {
  const usage = 'write kilopy apko publish CONFIG REGISTRY/NAME:TAG';
  const wanted = tags.map((text) => {
    const reference = writableReference(text, usage);
    return { ...reference, tag: reference.tag ?? 'latest' };
  });
  const [first] = wanted;
  if (first === undefined) throw new TypeError('a command line without a tag');
  const store = await openStore(ctx, undefined, { offline: request.offline });
  const built = await apkoImages(ctx, store, request);
  const sboms = await writeSboms(ctx, request, built, tags[0] ?? '');
  const names = wanted.map(formatReference);
  const done = local
    ? await loadLocally(ctx, built, store, names)
    : { digest: built.index.digest, pushed: await pushAll(ctx, sourceImage(built, store), wanted, plainHttp) };
  const repositories = [...new Map(wanted.map((one) => [withDigest(one, done.digest), one])).values()];
  const images = local ? [] : built.images.map(({ manifest }) => manifest.digest);
  const references = repositories.flatMap((one) => [...images, done.digest].map((digest) => withDigest(one, digest)));
  if (imageRefs !== undefined) {
    await ctx.fs.writeAtomic(resolve(request.workdir, imageRefs), references.map((text) => `${text}\n`).join(''));
  }
  return { pushed: [], ...done, reference: withDigest(first, done.digest), tags: names, references, sboms };
}

async function pushAll(
  ctx: Context,
  image: SourceImage,
  wanted: readonly ImageReference[],
  plainHttp: readonly string[],
): Promise<readonly Pushed[]> {
  const pushed: Pushed[] = [];
  for (const [i, reference] of wanted.entries()) {
    // Layers that went to an earlier repository of the same registry are not sent again.
    const mountFrom = wanted
      .slice(0, i)
      .filter(({ registry, repository }) => registry === reference.registry && repository !== reference.repository)
      .map(({ repository }) => repository);
    pushed.push(await pushTo(ctx, reference, image, { plainHttp, mountFrom }));
  }
  return pushed;
}

function withDigest({ registry, repository }: ImageReference, digest: Digest): string {
  return formatReference({ registry, repository, tag: undefined, digest });
}

function sourceImage({ index, images }: ApkoImages, store: BlobSource): SourceImage {
  const root = descriptor(index, indexType);
  const manifests = [...new Map(images.map((image) => [image.manifest.digest, manifestOf(image)])).values()];
  const children = images.map(({ manifest }) => descriptor(manifest, manifestType));
  const top: GraphDocument = { descriptor: root, bytes: index.bytes, blobs: [], children };
  const configs = new Map(images.map(({ config }) => [config.digest, config.bytes]));
  return { graph: { root, documents: [...manifests, top] }, blobs: withConfigs(configs, store), shown: 'the image' };
}

function manifestOf({ manifest, config, layers }: ApkoImage): GraphDocument {
  const blobs = [
    descriptor(config, configType),
    ...layers.map(({ mediaType, digest, sizeBytes }) => ({ mediaType, digest, sizeBytes })),
  ];
  return { descriptor: descriptor(manifest, manifestType), bytes: manifest.bytes, blobs, children: [] };
}

function descriptor({ bytes, digest }: JsonDocument, mediaType: string): GraphDescriptor {
  return { mediaType, digest, sizeBytes: bytes.length };
}

/** Layers are in the store; configurations have just been made. */
function withConfigs(configs: ReadonlyMap<string, Uint8Array>, store: BlobSource): BlobSource {
  return {
    has: async (digest) => configs.has(digest) || (await store.has(digest)),
    read: async (ref) => configs.get(ref.digest) ?? (await store.read(ref)),
    async *open(ref) {
      const config = configs.get(ref.digest);
      if (config === undefined) yield* store.open(ref);
      else yield config;
    },
  };
}
