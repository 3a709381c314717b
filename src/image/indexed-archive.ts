import { join } from 'node:path';
import { readTarStream } from '../codec/tar/read-tar-stream.ts';
import type { Context } from '../io/context.ts';
import { parentOf } from '../tree/paths.ts';
import { safePath } from '../tree/safe-path.ts';
import type { ImageFiles } from './image-files.ts';

/** tar(5): a header is one block, and the content follows it. */
const blockBytes = 512;

interface Place {
  readonly startByte: number;
  readonly sizeBytes: number;
}

/**
 * The members of an uncompressed tar archive on disk, read where they lie: one pass for the names, and nothing is
 * copied. For archives of hundreds of megabytes whose manifest stands behind the layers. Throws KP4001 to KP4003, KP7001.
 */
export async function indexedArchive(ctx: Context, path: string, source: string): Promise<ImageFiles> {
  const places = new Map<string, Place>();
  const links = new Map<string, string>();
  for await (const { header } of readTarStream(ctx.fs.readStream(path), { source, limits: ctx.limits })) {
    const name = safePath(header.path, source);
    if (header.type === 'file')
      places.set(name, { startByte: header.offset + blockBytes, sizeBytes: header.sizeBytes });
    // Docker writes a layer that occurs twice as a link to its first place.
    if (header.type === 'hardlink') links.set(name, safePath(header.linkTarget, source));
    if (header.type === 'symlink') links.set(name, join('/', parentOf(name), header.linkTarget).slice(1));
  }
  const find = (name: string): Place | undefined => places.get(name) ?? places.get(links.get(name) ?? '');
  return {
    source,
    has: (name) => Promise.resolve(find(name) !== undefined),
    async *open(name) {
      const place = find(name);
      if (place !== undefined) yield* part(ctx, path, place);
    },
  };
}

async function* part(ctx: Context, path: string, { startByte, sizeBytes }: Place): AsyncGenerator<Uint8Array, void> {
  let left = sizeBytes;
  if (left === 0) return;
  for await (const chunk of ctx.fs.readStream(path, startByte)) {
    const piece = chunk.subarray(0, left);
    left -= piece.length;
    yield piece;
    if (left === 0) return;
  }
}
