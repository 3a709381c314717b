import { KilopyError } from '../../errors/kilopy-error.ts';
import type { FileNode, Node, Tree } from '../../tree/node.ts';
import { baseName, joinPath, parentOf, resolvePath } from '../../tree/paths.ts';
import type { BlobStore } from '../../values/blob.ts';
import type { Origin } from '../../values/origin.ts';

/**
 * The root file system while apko's steps change it one after the other. Paths may start with a slash; links on the way
 * are followed inside the root. New nodes belong to root and have the time 0 unless a step says otherwise.
 */
export interface RootFiles {
  readonly tree: Map<string, Node>;
  readonly blobs: BlobStore;
  /** Where a path leads: the folder above it with its links followed, the last part as it is. */
  place(path: string): string;
  stat(path: string): Node | undefined;
  lstat(path: string): Node | undefined;
  set(node: Node): void;
  remove(path: string): void;
  /** Makes the folder and those above it; existing ones stay as they are. Throws KP2110 where a file is in the way. */
  makeFolders(path: string, mode: number, origin?: Origin): void;
  /** Writes through links; an existing file keeps its attributes. The folder above must exist. */
  write(path: string, content: Uint8Array | string, mode: number, mtimeSeconds?: number): Promise<void>;
  read(path: string): Promise<string | undefined>;
  /** Changes the node that a path leads to. Throws KP2110 when there is none. */
  change(path: string, changes: Partial<Pick<Node, 'mode' | 'uid' | 'gid' | 'mtimeSeconds'>>): void;
}

/** What apko itself puts into an image. */
export const apkoOrigin: Origin = { kind: 'pass', pass: 'apko' };

const fresh = { uid: 0, gid: 0, mtimeSeconds: 0, origin: apkoOrigin } as const;

export function createRootFiles(blobs: BlobStore): RootFiles {
  const tree = new Map<string, Node>([['', { ...fresh, type: 'directory', path: '', mode: 0o755 }]]);
  const files: RootFiles = {
    tree,
    blobs,
    place(path) {
      const trimmed = path.replaceAll(/^\/+|\/+$/gu, '');
      return joinPath(resolvePath(tree, parentOf(trimmed)).path, baseName(trimmed));
    },
    stat: (path) => resolvePath(tree, path).node,
    lstat: (path) => resolvePath(tree, path, { followLast: false }).node,
    set(node) {
      tree.set(node.path, node);
    },
    remove(path) {
      tree.delete(files.place(path));
    },
    makeFolders(path, mode, origin = apkoOrigin) {
      const { path: target } = resolvePath(tree, path);
      const missing: string[] = [];
      for (let at = target; !tree.has(at); at = parentOf(at)) missing.unshift(at);
      const above = tree.get(missing[0] === undefined ? target : parentOf(missing[0]));
      if (above?.type !== 'directory') throw inTheWay(path, above);
      for (const folder of missing) tree.set(folder, { ...fresh, type: 'directory', path: folder, mode, origin });
    },
    async write(path, content, mode, mtimeSeconds) {
      const { path: target, node } = resolvePath(tree, path);
      if (node !== undefined && node.type !== 'file') throw inTheWay(path, node);
      if (node === undefined && tree.get(parentOf(target))?.type !== 'directory') throw nothingThere(parentOf(target));
      const ref = await blobs.put(typeof content === 'string' ? Buffer.from(content) : content);
      const base: FileNode = {
        ...(node ?? { ...fresh, type: 'file', path: target, mode, content: ref }),
        content: ref,
      };
      tree.set(target, mtimeSeconds === undefined ? base : { ...base, mtimeSeconds });
    },
    async read(path) {
      const { node } = resolvePath(tree, path);
      return node?.type === 'file' ? Buffer.from(await blobs.read(node.content)).toString('utf8') : undefined;
    },
    change(path, changes) {
      const { node } = resolvePath(tree, path);
      if (node === undefined) throw nothingThere(path);
      const inode = node.type === 'file' ? node.inode : undefined;
      for (const each of inode === undefined ? [node] : sharing(tree, inode))
        tree.set(each.path, { ...each, ...changes });
    },
  };
  return files;
}

function sharing(tree: Tree, inode: string): readonly Node[] {
  return [...tree.values()].filter((node) => node.type === 'file' && node.inode === inode);
}

function inTheWay(path: string, node: Node | undefined): KilopyError {
  return new KilopyError('KP2110', `/${path.replace(/^\/+/u, '')} cannot be made`, {
    where: path,
    why: node === undefined ? 'the folder above is not there' : `/${node.path} is a ${node.type}`,
  });
}

function nothingThere(path: string): KilopyError {
  return new KilopyError('KP2110', `/${path.replace(/^\/+/u, '')} is not in the image`, { where: path });
}
