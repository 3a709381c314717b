import { detectCompression } from '../../codec/compression.ts';
import { createHasher, sha256 } from '../../crypto/digest.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import { blobPath } from '../../emit/oci-layout.ts';
import { readImageIndex } from '../../image/find-manifest.ts';
import type { Descriptor } from '../../image/image-documents.ts';
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
 * with an entry for each platform, the index itself is.
 *
 * @throws KilopyError KP6117 for what has no manifests, KP7401 and KP7404 for damage
 */
export async function fileImage(
  ctx: Context,
  store: Store,
  path: string,
  shown: string,
  choice: Choice = 'all',
): Promise<SourceImage> {
  const whole = await wholeImage(ctx, store, path, shown);
  const top = whole.graph.documents.at(-1);
  if (choice === 'all' || top === undefined || top.children.length === 0) return whole;
  const root = choosePlatform(top.bytes, top.descriptor.digest, shown, choice);
  return { ...whole, graph: await readGraph(root, (descriptor) => whole.blobs.read(descriptor), shown) };
}

async function wholeImage(ctx: Context, store: Store, path: string, shown: string): Promise<SourceImage> {
  const files = await openFiles(ctx, store, path, shown);
  const index = (await files.has('index.json')) ? await readImageIndex(files) : undefined;
  const entries = index?.manifests ?? [];
  const [first] = entries;
  if (first === undefined) throw unfit(shown, 'it has no index.json with an image in it');
  const blobs = layoutBlobs(files);
  const read = async (descriptor: GraphDescriptor): Promise<Uint8Array> => await blobs.read(descriptor);
  if (entries.length === 1) return { graph: await readGraph(graphDescriptor(first), read, shown), blobs, shown };
  if (!isPlatformIndex(entries)) throw unfit(shown, `it holds ${String(entries.length)} images`);
  const bytes = await readSmall(files, 'index.json');
  const root = { mediaType: 'application/vnd.oci.image.index.v1+json', digest: sha256(bytes), sizeBytes: bytes.length };
  const graph = await readGraph(
    root,
    async (descriptor) => (descriptor.digest === root.digest ? bytes : await read(descriptor)),
    shown,
  );
  return { graph, blobs, shown };
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
