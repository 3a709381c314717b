import { type TarWriteEntry, writeTar } from '../codec/tar/write-tar.ts';
import type { FileNode, Node, Tree } from '../tree/node.ts';
import { sortedNodes } from '../tree/sort.ts';
import type { BlobSource } from '../values/blob.ts';

/**
 * A tree as a tar archive: a folder and directly after it what is in it, names bytewise; names without `./`, folders with a final slash, as
 * OCI layers have them. Of files that share an inode the first path is the file and the others are hard links. The root
 * itself only stands in it (as `./`) when it is not the usual 0755 root:root that every unpacker makes anyway.
 */
export function treeToTar(tree: Tree, blobs: BlobSource): AsyncIterable<Uint8Array> {
  return writeTar(tarEntries(tree, blobs));
}

function* tarEntries(tree: Tree, blobs: BlobSource): Generator<TarWriteEntry> {
  const firstPaths = new Map<string, string>();
  for (const node of sortedNodes(tree)) {
    if (node.path === '' && node.mode === 0o755 && node.uid === 0 && node.gid === 0 && node.xattrs === undefined)
      continue;
    const first = node.type === 'file' && node.inode !== undefined ? firstPaths.get(node.inode) : undefined;
    if (first !== undefined) {
      yield { ...attributes(node), type: 'hardlink', linkTarget: first };
      continue;
    }
    if (node.type === 'file' && node.inode !== undefined) firstPaths.set(node.inode, node.path);
    yield tarEntry(node, blobs);
  }
}

function tarEntry(node: Node, blobs: BlobSource): TarWriteEntry {
  const common = { ...attributes(node), ...(node.xattrs === undefined ? {} : { xattrs: node.xattrs }) };
  if (node.type === 'file') {
    return { ...common, type: 'file', sizeBytes: node.content.sizeBytes, body: lazyBody(node, blobs) };
  }
  if (node.type === 'symlink') return { ...common, type: 'symlink', linkTarget: node.target };
  if (node.type === 'device') return { ...common, type: node.device, major: node.major, minor: node.minor };
  return { ...common, type: 'directory' };
}

function attributes({ path, mode, uid, gid, mtimeSeconds }: Node): Omit<TarWriteEntry, 'type'> {
  return { path, mode, uid, gid, mtimeSeconds };
}

/** Opened only when the writer comes to it. */
async function* lazyBody(node: FileNode, blobs: BlobSource): AsyncGenerator<Uint8Array> {
  if (node.content.sizeBytes > 0) yield* blobs.open(node.content);
}
