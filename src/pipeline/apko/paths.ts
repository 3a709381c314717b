import { KilopyError } from '../../errors/kilopy-error.ts';
import type { ApkoPath } from '../../spec/apko/config.ts';
import type { FileNode } from '../../tree/node.ts';
import { isWithin, parentOf } from '../../tree/paths.ts';
import { apkoOrigin, type RootFiles } from './root-files.ts';

const plain = { uid: 0, gid: 0, mtimeSeconds: 0, origin: apkoOrigin } as const;

/** The entries of `paths`, one after the other. Throws KP2110. */
export async function makePaths(root: RootFiles, paths: readonly ApkoPath[]): Promise<void> {
  for (const entry of paths) {
    const { path = '', type, source = '', permissions = 0, content = '' } = entry;
    if (type === 'directory') root.makeFolders(path, permissions);
    else if (type !== 'permissions') root.makeFolders(parentOf(path.replace(/^\/+|\/+$/gu, '')), 0o755);
    if (type === 'empty-file') {
      if (root.stat(path) === undefined) await root.write(path, '', permissions);
      else await root.write(path, '', permissions, 0);
    } else if (type === 'file') {
      // It takes the place of a package's file or link; a folder stays, and is said to be in the way.
      if (root.lstat(path)?.type !== 'directory') root.remove(path);
      await root.write(path, content, permissions, 0);
    } else if (type === 'symlink') {
      if (root.lstat(path) !== undefined) throw taken(path);
      root.set({ ...plain, type: 'symlink', path: root.place(path), target: source, mode: 0o777 });
    } else if (type === 'hardlink') linkTo(root, path, source);
    applyPermissions(root, entry);
  }
}

function linkTo(root: RootFiles, path: string, source: string): void {
  const node = root.stat(source);
  if (node?.type !== 'file') throw new KilopyError('KP2110', `${source} is no file to link to`, { where: path });
  const file: FileNode = { ...node, inode: node.inode ?? `apko:${node.path}` };
  root.set(file);
  root.set({ ...file, path: root.place(path) });
}

/** Mode, and the owner where the entry says one; the other of the two is then root. */
function applyPermissions(root: RootFiles, { path = '', type, permissions = 0, uid, gid, recursive }: ApkoPath): void {
  const owner = uid === undefined && gid === undefined ? {} : { uid: uid ?? 0, gid: gid ?? 0 };
  const node = root.stat(path);
  // A link may lead to what only exists at run time; its own mode means nothing to Linux.
  if (type === 'symlink' && node === undefined) {
    const link = root.lstat(path);
    if (link !== undefined) root.set({ ...link, ...owner });
    return;
  }
  root.change(path, { mode: permissions, ...owner });
  if (recursive !== true || node === undefined || (type !== 'directory' && type !== 'permissions')) return;
  const inside = [...root.tree.values()].filter((each) => each.path !== node.path && isWithin(each.path, node.path));
  for (const each of inside) {
    if (each.type === 'symlink') root.set({ ...each, ...owner });
    else root.change(each.path, { mode: permissions, ...owner });
  }
}

function taken(path: string): KilopyError {
  return new KilopyError('KP2110', `${path} exists already`, {
    where: path,
    why: 'a package or an earlier entry of paths brings it',
  });
}
