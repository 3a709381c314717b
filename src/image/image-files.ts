import { join } from 'node:path';
import { readTarStream } from '../codec/tar/read-tar-stream.ts';
import type { Context } from '../io/context.ts';
import { parentOf } from '../tree/paths.ts';
import { safePath } from '../tree/safe-path.ts';
import type { BlobRef, BlobStore } from '../values/blob.ts';
import { plainChunks } from './plain-chunks.ts';

/** The files of an image: of an OCI layout folder, or of an archive. Names as in the layout: `blobs/sha256/...`. */
export interface ImageFiles {
  /** For messages. */
  readonly source: string;
  has(name: string): Promise<boolean>;
  open(name: string): AsyncIterable<Uint8Array>;
}

/** An OCI image layout in a folder (image-spec, image-layout.md). */
export function folderFiles(ctx: Context, folder: string): ImageFiles {
  const pathOf = (name: string): string => join(folder, safePath(name, folder));
  return {
    source: folder,
    has: (name) => ctx.fs.exists(pathOf(name)),
    open: (name) => ctx.fs.readStream(pathOf(name)),
  };
}

/**
 * An archive as `docker save`, `skopeo copy oci-archive:` and kilopy write it, also compressed. Its members are kept
 * in `blobs`, because a manifest may stand behind the layers that it lists.
 */
export async function archiveFiles(
  ctx: Context,
  chunks: AsyncIterable<Uint8Array>,
  blobs: BlobStore,
  source: string,
): Promise<ImageFiles> {
  const members = new Map<string, BlobRef>();
  const links = new Map<string, string>();
  for await (const { header, body } of readTarStream(plainChunks(ctx, chunks), { source, limits: ctx.limits })) {
    const name = safePath(header.path, source);
    if (header.type === 'file') members.set(name, await blobs.putStream(body));
    // Docker writes a layer that occurs twice as a link to its first place.
    if (header.type === 'hardlink') links.set(name, safePath(header.linkTarget, source));
    if (header.type === 'symlink') links.set(name, inside(parentOf(name), header.linkTarget));
  }
  const find = (name: string): BlobRef | undefined => members.get(name) ?? members.get(links.get(name) ?? '');
  return {
    source,
    has: (name) => Promise.resolve(find(name) !== undefined),
    async *open(name) {
      const ref = find(name);
      if (ref !== undefined) yield* blobs.open(ref);
    },
  };
}

/** Where a relative link leads, held inside the archive. */
function inside(folder: string, target: string): string {
  return join('/', folder, target).slice(1);
}
