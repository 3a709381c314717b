import type { Tree } from '../../tree/node.ts';
import { GrowingTree, type GrowSettings } from '../grow-tree.ts';
import type { ImageBytes } from '../image-bytes.ts';
import { imageFileError } from '../image-file-error.ts';
import { directoryEntries } from './directory.ts';
import { SquashfsContents } from './file-content.ts';
import { readInode, type DirectoryInode, type SquashfsInode } from './inode.ts';
import { Metadata } from './metadata.ts';
import { readXattrs } from './read-xattrs.ts';
import { readSuperblock } from './superblock.ts';

/**
 * An image of squashfs 4.0 (xz, gzip, zstd, lz4) as a tree (fs/squashfs in Linux). It has no checksums of its own; where its
 * blocks are xz or zlib, theirs are compared. Sockets mean nothing in an image and are passed over.
 *
 * @throws KilopyError KP4003, KP4011 to KP4014
 */
export async function readSquashfs(image: ImageBytes, settings: GrowSettings): Promise<Tree> {
  const superblock = await readSuperblock(image);
  const metadata = new Metadata(image, superblock);
  const contents = new SquashfsContents(metadata, superblock);
  const growing = new GrowingTree(settings);
  const { fileBytes } = settings.limits;
  const factsOf = async (inode: SquashfsInode, path: string): Promise<Parameters<GrowingTree['folder']>[1]> => {
    const { mode, uid, gid, mtimeSeconds, xattr } = inode;
    return { mode, uid, gid, mtimeSeconds, xattrs: await readXattrs(metadata, superblock, xattr, path) };
  };
  const root = await readInode(metadata, superblock, superblock.root, '', fileBytes);
  const place = image.place();
  if (root.kind !== 'directory') throw imageFileError('KP4011', place, 'its root is no folder');
  growing.folder('', await factsOf(root, ''), place);
  const folders = new Set<number>([superblock.root]);
  const pending: { path: string; inode: DirectoryInode }[] = [{ path: '', inode: root }];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for await (const { name, reference } of directoryEntries(metadata, superblock, folder.inode, folder.path)) {
      const path = growing.pathOf(folder.path, name, place);
      const inode = await readInode(metadata, superblock, reference, path, fileBytes);
      const key = inode.links > 1 ? String(inode.number) : undefined;
      switch (inode.kind) {
        case 'directory':
          if (folders.has(reference))
            throw imageFileError('KP4014', { ...place, entry: path }, 'a folder stands in two places');
          folders.add(reference);
          growing.folder(path, await factsOf(inode, path), place);
          pending.push({ path, inode });
          break;
        case 'file':
          if (key !== undefined && growing.link(path, key, place)) break;
          await growing.file(
            path,
            await factsOf(inode, path),
            key,
            inode.sizeBytes,
            () => contents.open(inode, path),
            place,
          );
          break;
        case 'symlink':
          growing.symlink(path, await factsOf(inode, path), inode.target, place);
          break;
        case 'char':
        case 'block':
        case 'fifo':
          growing.device(path, await factsOf(inode, path), inode.kind, inode, place);
          break;
        case 'socket':
      }
    }
  }
  return growing.tree;
}
