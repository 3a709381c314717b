import { blockBytes } from '../codec/tar/fields.ts';
import { formatGoHeader, type GoTarEntry } from '../codec/tar/go-header.ts';
import type { Node } from '../tree/node.ts';
import type { BlobSource } from '../values/blob.ts';

/** Names for the numbers of owners, from the image's own /etc/passwd and /etc/group. */
export interface OwnerNames {
  readonly users: ReadonlyMap<number, string>;
  readonly groups: ReadonlyMap<number, string>;
}

/**
 * Nodes as a layer exactly as apko writes it: in the order given, folders without a final slash, owners by name, ended
 * by 1 024 zero bytes. Of files that share an inode the first path is the file and the others are hard links.
 */
export async function* apkoTar(
  nodes: Iterable<Node>,
  blobs: BlobSource,
  owners: OwnerNames,
): AsyncGenerator<Uint8Array, void> {
  const firstPaths = new Map<string, string>();
  for (const node of nodes) {
    if (node.path === '') continue;
    const first = node.type === 'file' && node.inode !== undefined ? firstPaths.get(node.inode) : undefined;
    const { path, mode, uid, gid, mtimeSeconds, xattrs } = node;
    const uname = owners.users.get(uid) ?? '';
    const gname = owners.groups.get(gid) ?? '';
    const common = { path, mode, uid, gid, mtimeSeconds, uname, gname };
    if (first !== undefined) {
      yield formatGoHeader({ ...common, type: 'hardlink', linkTarget: first }, 0);
      continue;
    }
    if (node.type !== 'file') {
      yield formatGoHeader({ ...common, ...(xattrs === undefined ? {} : { xattrs }), ...special(node) }, 0);
      continue;
    }
    if (node.inode !== undefined) firstPaths.set(node.inode, path);
    const { sizeBytes } = node.content;
    yield formatGoHeader({ ...common, type: 'file', ...(xattrs === undefined ? {} : { xattrs }) }, sizeBytes);
    if (sizeBytes === 0) continue;
    yield* blobs.open(node.content);
    const rest = sizeBytes % blockBytes;
    if (rest > 0) yield new Uint8Array(blockBytes - rest);
  }
  yield new Uint8Array(2 * blockBytes);
}

function special(node: Exclude<Node, { type: 'file' }>): Pick<GoTarEntry, 'type' | 'linkTarget' | 'major' | 'minor'> {
  if (node.type === 'symlink') return { type: 'symlink', linkTarget: node.target };
  if (node.type === 'device') return { type: node.device, major: node.major, minor: node.minor };
  return { type: 'directory' };
}
