import { detectCompression } from '../../codec/compression.ts';
import { createHasher, sha256 } from '../../crypto/digest.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import { blobPath } from '../../emit/oci-layout.ts';
import { indexTypes, readImageIndex } from '../../image/find-manifest.ts';
import { imageIndex, parseDocument, type Descriptor } from '../../image/image-documents.ts';
import { archiveFiles, folderFiles, type ImageFiles } from '../../image/image-files.ts';
import { graphDescriptor, readGraph } from '../../image/image-graph.ts';
import { indexedArchive } from '../../image/indexed-archive.ts';
import { readSmall } from '../../image/read-small.ts';
import type { Context } from '../../io/context.ts';
import type { Store } from '../../store/store.ts';
import type { BlobRef, BlobSource } from '../../values/blob.ts';
import type { GraphDescriptor } from '../../values/image-graph.ts';
import { choosePlatform, platformText } from './choose-platform.ts';
import type { Choice, SourceImage } from './source-image.ts';

/**
 * An image in an OCI layout (folder or archive, also compressed). With one entry in its index that one is the image;
 * with an entry for each platform, the index itself is. `docker save` of a store of containerd writes one platform and the
 * index of all: there a platform has to be chosen.
 *
 * @throws KilopyError KP6117 for what has no manifests, KP6110, KP7401 and KP7404 for damage
 */
export async function fileImage(
  ctx: Context,
  store: Store,
  path: string,
  shown: string,
  choice: Choice = 'all',
): Promise<SourceImage> {
  const files = await openFiles(ctx, store, path, shown);
  const blobs = layoutBlobs(files);
  const top = await topOf(files, shown);
  const read = async (descriptor: GraphDescriptor): Promise<Uint8Array> =>
    descriptor.digest === top.root.digest && top.bytes !== undefined ? top.bytes : await blobs.read(descriptor);
  const isIndex = indexTypes.test(top.root.mediaType);
  const root =
    choice === 'all' || !isIndex ? top.root : choosePlatform(await read(top.root), top.root.digest, shown, choice);
  if (root === top.root && isIndex) await checkWhole(await read(root), files, shown);
  return { graph: await readGraph(root, read, shown), blobs, shown };
}

interface Top {
  readonly root: GraphDescriptor;
  /** Of index.json, where that is the image. */
  readonly bytes?: Uint8Array;
}

async function topOf(files: ImageFiles, shown: string): Promise<Top> {
  const index = (await files.has('index.json')) ? await readImageIndex(files) : undefined;
  // One image with two tags has two entries.
  const entries = [...new Map((index?.manifests ?? []).map((entry) => [entry.digest, entry])).values()];
  const [first] = entries;
  if (first === undefined) throw unfit(shown, 'it has no index.json with an image in it');
  if (entries.length === 1) return { root: graphDescriptor(first) };
  if (!isPlatformIndex(entries)) throw unfit(shown, `it holds ${String(entries.length)} images`);
  const bytes = await readSmall(files, 'index.json');
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  return { root: { mediaType, digest: sha256(bytes), sizeBytes: bytes.length }, bytes };
}

/** Throws KP6117 when the file lacks some of the platforms that its index names, and has others. */
async function checkWhole(bytes: Uint8Array, files: ImageFiles, shown: string): Promise<void> {
  const manifests = parseDocument(imageIndex, bytes, 'its index', shown).manifests ?? [];
  const there: Descriptor[] = [];
  for (const entry of manifests) if (await files.has(blobPath(entry.digest))) there.push(entry);
  if (there.length === manifests.length || there.length === 0) return;
  const names = there
    .filter(({ platform }) => platform?.architecture !== 'unknown')
    .map((one) => platformText(one.platform));
  throw new KilopyError('KP6117', `${shown} holds only a part of its image`, {
    where: shown,
    why: `its index names ${String(manifests.length)} manifests, and ${names.join(', ') || 'no platform'} is there, as docker save leaves it`,
    fix: `name what is there: --platform ${names[0] ?? 'linux/amd64'}`,
  });
}

function isPlatformIndex(entries: readonly Descriptor[]): boolean {
  const platforms = entries.map(({ platform }) => platformText(platform));
  return entries.every(({ platform }) => platform !== undefined) && new Set(platforms).size === entries.length;
}

async function openFiles(ctx: Context, store: Store, path: string, shown: string): Promise<ImageFiles> {
  const stat = await ctx.fs.stat(path).catch(() => undefined);
  if (stat === undefined) throw unfit(shown, 'there is no such file or folder');
  if (stat.isDirectory()) return folderFiles(ctx, path);
  for await (const chunk of ctx.fs.readStream(path)) {
    if (detectCompression(chunk) === 'none') return await indexedArchive(ctx, path, shown);
    break;
  }
  return await archiveFiles(ctx, ctx.fs.readStream(path), store, shown);
}

/** Blobs of a layout, compared with their digests while they are read. */
function layoutBlobs(files: ImageFiles): BlobSource {
  async function* open({ digest, sizeBytes }: BlobRef): AsyncGenerator<Uint8Array> {
    if (!(await files.has(blobPath(digest)))) throw damaged(files, digest, 'it is not there');
    const hasher = createHasher();
    let held: Uint8Array | undefined;
    for await (const chunk of files.open(blobPath(digest))) {
      if (held !== undefined) yield held;
      held = chunk;
      hasher.update(chunk);
      if (hasher.sizeBytes > sizeBytes) break;
    }
    if (hasher.sizeBytes !== sizeBytes || hasher.digest() !== digest)
      throw damaged(files, digest, 'its content is another one');
    if (held !== undefined) yield held;
  }
  return {
    has: (digest) => files.has(blobPath(digest)),
    async read(ref) {
      const parts: Uint8Array[] = [];
      for await (const chunk of open(ref)) parts.push(chunk);
      return Buffer.concat(parts);
    },
    open,
  };
}

function damaged(files: ImageFiles, digest: string, why: string): KilopyError {
  return new KilopyError('KP7404', `${digest} of ${files.source} is not what the image says`, {
    where: files.source,
    why,
  });
}

function unfit(shown: string, why: string): KilopyError {
  return new KilopyError('KP6117', `${shown} holds no image that can be sent`, { where: shown, why });
}
