import { inlineSymlinkBytes, rootInode, usesExtents } from '../../codec/ext4/format.ts';
import { inodeFlags } from '../../codec/ext4/read-format.ts';
import { GrowingTree, type GrowSettings, type NodeFacts } from '../grow-tree.ts';
import type { ImageBytes } from '../image-bytes.ts';
import { imageFileError } from '../image-file-error.ts';
import type { Node, Tree } from '../../tree/node.ts';
import { directoryEntries } from './directory.ts';
import { inodeContent } from './inode-content.ts';
import { readInode, type Inode } from './inode.ts';
import { readXattrs } from './read-xattrs.ts';
import { openVolume, type Volume } from './volume.ts';

/**
 * An image of ext2, ext3 or ext4 as a tree. Checksums are compared where there are any. Sockets mean nothing in an image and are
 * passed over; so is `lost+found` as mke2fs makes it, which is a part of the file system and not of what is in it.
 *
 * @throws KilopyError KP4003, KP4011 to KP4014
 */
export async function readExt4(image: ImageBytes, settings: GrowSettings): Promise<Tree> {
  const volume = await openVolume(image);
  const growing = new GrowingTree(settings);
  const folders = new Set<number>([rootInode]);
  const root = await readInode(volume, rootInode, '');
  if (root.kind !== 'directory') throw imageFileError('KP4011', image.place(root.at), 'its root is no folder');
  const rootXattrs = await readXattrs(volume, root, '');
  growing.folder('', factsOf(root, rootXattrs.xattrs), image.place(root.at));
  const pending = [{ path: '', inode: root, inline: rootXattrs.inline }];
  // Depth first, without recursion: an image may be as deep as it likes.
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for await (const entry of directoryEntries(volume, folder.inode, folder.path, folder.inline)) {
      const path = growing.pathOf(folder.path, entry.name, image.place(entry.at));
      const inode = await readInode(volume, entry.inode, path);
      if (inode.kind === 'directory') {
        if (folders.has(inode.number))
          throw imageFileError('KP4014', image.place(entry.at, path), 'a folder stands in two places');
        folders.add(inode.number);
        const { xattrs, inline } = await readXattrs(volume, inode, path);
        growing.folder(path, factsOf(inode, xattrs), image.place(inode.at));
        pending.push({ path, inode, inline });
      } else await addNode(volume, growing, path, inode);
    }
  }
  return withoutLostAndFound(growing.tree);
}

async function addNode(volume: Volume, growing: GrowingTree, path: string, inode: Inode): Promise<void> {
  const { image } = volume;
  const place = image.place(inode.at);
  const key = inode.links > 1 ? String(inode.number) : undefined;
  if (inode.kind === 'file' && key !== undefined && growing.link(path, key, place)) return;
  const { xattrs, inline } = await readXattrs(volume, inode, path);
  const facts = factsOf(inode, xattrs);
  switch (inode.kind) {
    case 'file':
      await growing.file(path, facts, key, inode.sizeBytes, () => inodeContent(volume, inode, path, inline), place);
      return;
    case 'symlink':
      growing.symlink(path, facts, await targetOf(volume, inode, path, inline), place);
      return;
    case 'char':
    case 'block':
    case 'fifo':
      growing.device(path, facts, inode.kind, deviceNumbers(inode.block), place);
      return;
    case 'socket':
    case 'directory':
  }
}

function factsOf({ mode, uid, gid, mtimeSeconds }: Inode, xattrs: ReadonlyMap<string, Uint8Array>): NodeFacts {
  return { mode, uid, gid, mtimeSeconds, xattrs };
}

/** Short targets stand in the inode, and then no block belongs to it but one with attributes. */
async function targetOf(
  volume: Volume,
  inode: Inode,
  path: string,
  inline: Uint8Array | undefined,
): Promise<Uint8Array> {
  const { sizeBytes, flags, sectors, xattrBlock } = inode;
  if (sizeBytes > volume.blockBytes)
    throw imageFileError('KP4011', volume.image.place(inode.at, path), 'the target of a symbolic link is too long');
  const ownSectors = sectors - (xattrBlock === 0 ? 0 : volume.blockBytes / 512);
  const isFast = (flags & (usesExtents | inodeFlags.inlineData)) === 0 && ownSectors <= 0;
  if (isFast && sizeBytes < inlineSymlinkBytes) return inode.block.subarray(0, sizeBytes);
  const parts: Uint8Array[] = [];
  for await (const piece of inodeContent(volume, inode, path, inline)) parts.push(piece);
  return Buffer.concat(parts);
}

/** The old form, else the new one in the second word (fs/ext4/inode.c). */
function deviceNumbers(block: Buffer): { readonly major: number; readonly minor: number } {
  const [old, wide] = [block.readUInt32LE(0), block.readUInt32LE(4)];
  if (old !== 0) return { major: (old >> 8) & 0xff, minor: old & 0xff };
  return { major: (wide >>> 8) & 0xfff, minor: (wide & 0xff) | ((wide >>> 12) & 0xf_ff00) };
}

function withoutLostAndFound(tree: Tree): Tree {
  const node: Node | undefined = tree.get('lost+found');
  const isMade =
    node?.type === 'directory' && node.mode === 0o700 && node.uid === 0 && node.gid === 0 && node.xattrs === undefined;
  if (!isMade || [...tree.keys()].some((path) => path.startsWith('lost+found/'))) return tree;
  const rest = new Map(tree);
  rest.delete('lost+found');
  return rest;
}
