import { KilopyError } from '../../errors/kilopy-error.ts';
import { indexTypes } from '../../image/find-manifest.ts';
import { readGraph } from '../../image/image-graph.ts';
import { imageConfig, parseDocument } from '../../image/image-documents.ts';
import type { Context } from '../../io/context.ts';
import { blobClient, blobUrl } from '../../registry/blob-client.ts';
import { fetchManifest } from '../../registry/manifests.ts';
import { formatReference, manifestName, type ImageReference } from '../../registry/reference.ts';
import type { RegistrySession } from '../../registry/session.ts';
import { download } from '../../store/download.ts';
import type { Store } from '../../store/store.ts';
import type { BlobRef, BlobSource } from '../../values/blob.ts';
import type { GraphDescriptor, ImageGraph } from '../../values/image-graph.ts';
import { choosePlatform, platformText, type WantedPlatform } from './choose-platform.ts';
import type { Choice, SourceImage } from './source-image.ts';

/**
 * An image in a registry. Its blobs are fetched into the store when they are asked for, and stay there.
 *
 * @throws KilopyError KP61xx
 */
export async function registryImage(
  ctx: Context,
  store: Store,
  session: RegistrySession,
  reference: ImageReference,
  choice: Choice,
): Promise<SourceImage> {
  const shown = formatReference(reference);
  ctx.emit({ type: 'step.started', step: 'feed', title: `reading ${shown}` });
  const top = await fetchManifest(ctx, session, manifestName(reference));
  const known = new Map([[top.descriptor.digest, top.bytes]]);
  const read = async ({ digest }: GraphDescriptor): Promise<Uint8Array> => {
    return known.get(digest) ?? (await fetchManifest(ctx, session, digest)).bytes;
  };
  const isIndex = indexTypes.test(top.descriptor.mediaType);
  const root =
    isIndex && choice !== 'all' ? choosePlatform(top.bytes, top.descriptor.digest, shown, choice) : top.descriptor;
  const graph = await readGraph(root, read, shown);
  const blobs = registryBlobs(ctx, store, session, graph);
  if (!isIndex && choice !== 'all') await checkPlatform(graph, blobs, shown, choice);
  ctx.emit({ type: 'step.finished', step: 'feed' });
  return { graph, blobs, shown };
}

/** Blobs of an image; `bring` brings one into the store, compared with its digest. */
export interface RegistryBlobs extends BlobSource {
  bring(ref: BlobRef): Promise<void>;
}

export function registryBlobs(
  ctx: Context,
  store: Store,
  session: RegistrySession,
  { documents }: ImageGraph,
): RegistryBlobs {
  const signed: Context = { ...ctx, http: blobClient(session) };
  const known = new Map(documents.flatMap(({ blobs }) => blobs).map((blob) => [blob.digest, blob]));
  const fetchBlob = async ({ digest, sizeBytes }: BlobRef): Promise<void> => {
    const label = `${session.place} ${digest.slice(7, 19)}`;
    await download(signed, store, { url: blobUrl(session, digest), digest, sizeBytes, label });
  };
  return {
    bring: fetchBlob,
    has: (digest) => Promise.resolve(known.has(digest)),
    async read(ref) {
      await fetchBlob(ref);
      return await store.read(ref);
    },
    async *open(ref) {
      await fetchBlob(ref);
      yield* store.open(ref);
    },
  };
}

/** A manifest that stands alone says only in its configuration what it is for. Throws KP6110. */
async function checkPlatform(
  graph: ImageGraph,
  blobs: BlobSource,
  shown: string,
  wanted: WantedPlatform,
): Promise<void> {
  const [config] = graph.documents.at(-1)?.blobs ?? [];
  if (config === undefined || !/config|container\.image/u.test(config.mediaType) || config.sizeBytes > 2 ** 22) return;
  const {
    os = 'linux',
    architecture,
    variant,
  } = parseDocument(imageConfig, await blobs.read(config), config.digest, shown);
  if (
    architecture === undefined ||
    (os === 'linux' && architecture === wanted.architecture && variantFits(variant, wanted))
  )
    return;
  throw new KilopyError('KP6110', `${shown} is not for ${platformText({ os: 'linux', ...wanted })}`, {
    where: shown,
    why: `it is for ${platformText({ os, architecture, variant })} alone`,
    data: { offered: [platformText({ os, architecture, variant })] },
  });
}

function variantFits(variant: string | undefined, wanted: WantedPlatform): boolean {
  return variant === undefined || wanted.variant === undefined || variant === wanted.variant;
}
