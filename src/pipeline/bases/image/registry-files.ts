import { sha256 } from '../../../crypto/digest.ts';
import { KilopyError } from '../../../errors/kilopy-error.ts';
import { indexTypes } from '../../../image/find-manifest.ts';
import type { ImageFiles } from '../../../image/image-files.ts';
import { readGraph } from '../../../image/image-graph.ts';
import type { Context } from '../../../io/context.ts';
import { mapParallel } from '../../../io/parallel.ts';
import { apiHost } from '../../../registry/endpoint.ts';
import { fetchManifest, type FetchedManifest } from '../../../registry/manifests.ts';
import { formatReference, manifestName, parseReference, type ImageReference } from '../../../registry/reference.ts';
import { openSession, type RegistrySession, type SessionOptions } from '../../../registry/session.ts';
import type { ImageSettings } from '../../../spec/bases.ts';
import type { Store } from '../../../store/store.ts';
import type { Digest } from '../../../values/digest.ts';
import type { GraphDescriptor } from '../../../values/image-graph.ts';
import { choosePlatform, type WantedPlatform } from '../../registry/choose-platform.ts';
import { registryBlobs } from '../../registry/registry-image.ts';

const kind = 'image-manifest-1';
/** Indexes in indexes; more is a circle or a joke. */
const maxDepth = 4;

/** An image of a registry, and how it is asked for. */
export type Asked = Pick<ImageSettings, 'path' | 'plainHttp'>;

/**
 * What a reference stands for now. A tag has to be asked for; a digest stands for itself.
 *
 * @throws KilopyError KP6016 for a tag when the store is offline, and KP61xx
 */
export async function askDigest(ctx: Context, store: Store, asked: Asked): Promise<Digest> {
  const reference = parseReference(asked.path);
  if (reference.digest !== undefined) return reference.digest;
  const shown = formatReference(reference);
  if (store.offline) throw offline(shown, 'which image a tag stands for has to be asked of the registry');
  const session = await openSession(ctx, reference, accessOf(asked, reference));
  const top = await fetchManifest(ctx, session, manifestName(reference));
  await keep(store, top);
  return top.descriptor.digest;
}

/**
 * The files of one platform of an image in a registry, as those of a layout. Manifests and layers come from the store
 * where it has them: then nothing is asked of the registry.
 *
 * @throws KilopyError KP6016 when the store is offline and lacks something, KP6110 when there is no image for the
 *   platform, and KP61xx
 */
export async function registryFiles(
  ctx: Context,
  store: Store,
  asked: Asked,
  digest: Digest,
  platform: WantedPlatform,
): Promise<ImageFiles> {
  const reference = parseReference(asked.path);
  const shown = formatReference({ ...reference, digest: undefined });
  const session = lazySession(ctx, store, asked, shown);
  const documents = new Map<string, Uint8Array>();
  const read = async (name: Digest): Promise<FetchedManifest> => {
    const found = (await recall(store, name)) ?? (await fetchManifest(ctx, await session(), name));
    await keep(store, found);
    documents.set(`blobs/${name.replace(':', '/')}`, found.bytes);
    return found;
  };
  let root = (await read(digest)).descriptor;
  for (let depth = 0; indexTypes.test(root.mediaType) && depth < maxDepth; depth += 1) {
    const { bytes } = await read(root.digest);
    root = choosePlatform(bytes, root.digest, shown, platform);
  }
  const graph = await readGraph(root, async (wanted) => (await read(wanted.digest)).bytes, shown);
  documents.set('index.json', Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [entryOf(root)] })));
  const wanted = new Map(graph.documents.flatMap(({ blobs }) => blobs).map((blob) => [blobName(blob), blob]));
  await mapParallel([...wanted.values()], 6, async (blob) => {
    if (!(await store.has(blob.digest)) || !(await store.check(blob)))
      await registryBlobs(ctx, store, await session(), graph).bring(blob);
  });
  return {
    source: shown,
    has: (name) => Promise.resolve(documents.has(name) || wanted.has(name)),
    async *open(name) {
      const bytes = documents.get(name);
      const blob = wanted.get(name);
      if (bytes !== undefined) yield bytes;
      else if (blob !== undefined) yield* store.open(blob);
    },
  };
}

/** Opened when something is missing. */
function lazySession(ctx: Context, store: Store, asked: Asked, shown: string): () => Promise<RegistrySession> {
  const reference = parseReference(asked.path);
  let session: Promise<RegistrySession> | undefined;
  return async () => {
    if (store.offline) throw offline(shown, 'a part of it is not in the store');
    session ??= openSession(ctx, reference, accessOf(asked, reference));
    return await session;
  };
}

function accessOf({ plainHttp }: Asked, { registry }: ImageReference): SessionOptions {
  return { action: 'pull', plainHttp: plainHttp ? [apiHost(registry)] : [] };
}

function entryOf({ mediaType, digest, sizeBytes }: GraphDescriptor): object {
  return { mediaType, digest, size: sizeBytes };
}

function blobName({ digest }: GraphDescriptor): string {
  return `blobs/${digest.replace(':', '/')}`;
}

/** A media type that the registry says and the document does not is kept in front of it. */
async function keep(store: Store, { descriptor, bytes }: FetchedManifest): Promise<void> {
  await store.remember(kind, descriptor.digest, Buffer.concat([Buffer.from(`${descriptor.mediaType}\n`), bytes]));
}

async function recall(store: Store, digest: Digest): Promise<FetchedManifest | undefined> {
  const kept = await store.recall(kind, digest);
  if (kept === undefined) return undefined;
  const end = kept.indexOf(0x0a);
  const bytes = kept.subarray(end + 1);
  if (sha256(bytes) !== digest) return undefined;
  const mediaType = Buffer.from(kept.subarray(0, end)).toString('latin1');
  return { descriptor: { mediaType, digest, sizeBytes: bytes.length }, bytes };
}

function offline(shown: string, why: string): KilopyError {
  return new KilopyError('KP6016', `${shown} would have to be downloaded, but kilopy is offline`, {
    where: shown,
    why,
    fix: 'build once with network; the lock and the store then are enough',
  });
}
