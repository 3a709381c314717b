import { join } from 'node:path';
import { openwrtSquashfs, treeToSquashfs } from '../emit/squashfs.ts';
import { imageFileKind } from '../image/image-file-kind.ts';
import { readFileSystem } from '../image/read-file-system.ts';
import { readFolder } from '../image/read-folder.ts';
import { readRootfsTar } from '../image/read-rootfs-tar.ts';
import type { Context } from '../io/context.ts';
import { openStore, type Store } from '../store/store.ts';
import type { Node, Tree } from '../tree/node.ts';
import { overlay } from '../tree/overlay.ts';
import { withScratch } from './scratch.ts';

/**
 * A squashfs with files of ours over it. What is in both is ours; times stay, and the new image is as young as its youngest file.
 *
 * @param squashfs theirs
 * @param ours a folder, whose files become root's, or a root file system: tar, squashfs, ext4 or cpio, also compressed; an absolute path
 * @returns squashfs with xz in blocks of 256 KiB, as OpenWrt makes it
 * @throws KilopyError KP4xxx for damaged file systems, KP7002 to KP7007 for what does not go together
 */
export async function addToRoot(ctx: Context, squashfs: Uint8Array, ours: string, source: string): Promise<Uint8Array> {
  return await withScratch(ctx, async (scratch) => {
    // Not the user's store: nothing of a foreign file is verified.
    const store = await openStore(ctx, join(scratch, 'store'));
    const theirs = join(scratch, 'theirs');
    await ctx.fs.writeFile(theirs, squashfs);
    const base = await readRoot(ctx, store, theirs, source, scratch);
    const added = await readRoot(ctx, store, ours, ours, scratch);
    const { tree } = overlay(base, added.values(), { replaces: () => true });
    const mtimeSeconds = Math.max(0, ...[...tree.values()].map((node) => node.mtimeSeconds));
    return await treeToSquashfs(ctx, tree, store, scratch, { ...openwrtSquashfs, mtimeSeconds });
  });
}

async function readRoot(ctx: Context, store: Store, path: string, source: string, scratch: string): Promise<Tree> {
  const blobs = { putStream: async (chunks: AsyncIterable<Uint8Array>) => await store.putStream(chunks) };
  if ((await ctx.fs.stat(path)).isDirectory()) {
    const tree = await readFolder(ctx, path, blobs);
    return new Map([...tree].map(([name, node]): [string, Node] => [name, { ...node, uid: 0, gid: 0 }]));
  }
  const { compression, fileSystem } = await imageFileKind(ctx, path, source);
  if (fileSystem === undefined) return await readRootfsTar(ctx, ctx.fs.readStream(path), blobs, source);
  return await readFileSystem(ctx, path, { compression, fileSystem }, { blobs, source, scratch });
}
