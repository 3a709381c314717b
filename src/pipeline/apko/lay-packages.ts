import { KilopyError } from '../../errors/kilopy-error.ts';
import { parentOf, resolvePath } from '../../tree/paths.ts';
import type { Origin } from '../../values/origin.ts';
import type { ApkoEntry, ApkoPackage } from './apko-package.ts';
import { replaces } from './replaces.ts';
import type { RootFiles } from './root-files.ts';

/**
 * Lays packages into the root in install order by apko's rules (apko `pkg/tarfs`): of two files with equal content the
 * first stays; else the later one takes the place when it replaces the other's package or has the same origin, gives
 * way when it is replaced, and fails otherwise. Folders keep their first mode and get the last time. Everything belongs
 * to root: apko drops the owners that packages name and keeps them in its database only.
 *
 * @param own checksums of files that are there already, by path
 * @returns the package that brought each file, by the path that packages give it; of equal files the first
 * @throws KilopyError KP2109 when packages fight over a file
 */
export function layPackages(
  root: RootFiles,
  packages: readonly ApkoPackage[],
  feed: string,
  own: ReadonlyMap<string, string>,
): ReadonlyMap<string, ApkoPackage> {
  const bringers = new Map<string, ApkoPackage>();
  const owners = new Map<string, { readonly pkg: ApkoPackage; readonly checksum: string | undefined }>();
  for (const pkg of packages) {
    const { name, version, architecture } = pkg;
    const origin: Origin = { kind: 'package', name, version, architecture, feed };
    for (const entry of pkg.entries) lay(pkg, entry, origin);
  }
  return bringers;

  function lay(pkg: ApkoPackage, entry: ApkoEntry, origin: Origin): void {
    const { node } = entry;
    if (node.path === '') return;
    if (node.type === 'directory') {
      layFolder(node.path, node.mode, node.mtimeSeconds, origin);
      return;
    }
    const above = resolvePath(root.tree, parentOf(node.path));
    if (above.node?.type !== 'directory') layFolder(parentOf(node.path), 0o755, 0, origin);
    const path = root.place(node.path);
    const existing = root.tree.get(path);
    if (existing?.type === 'symlink' && node.type === 'symlink' && existing.target === node.target) return;
    if (existing !== undefined && !takesPlace(pkg, entry, path)) return;
    root.set({ ...node, path, uid: 0, gid: 0, origin });
    owners.set(path, { pkg, checksum: entry.checksum });
    if (node.type === 'file' && entry.checksum !== undefined) bringers.set(node.path, pkg);
  }

  function layFolder(path: string, mode: number, mtimeSeconds: number, origin: Origin): void {
    root.makeFolders(path, mode, origin);
    const { node } = resolvePath(root.tree, path);
    if (node !== undefined) root.set({ ...node, mtimeSeconds });
  }

  function takesPlace(pkg: ApkoPackage, entry: ApkoEntry, path: string): boolean {
    const owner = owners.get(path);
    if (owner === undefined) {
      // What apko itself put there: keys that the distribution's package of keys brings again.
      if (own.get(path) === entry.checksum) return false;
      throw conflict(path, pkg, undefined);
    }
    if (owner.checksum === entry.checksum) return false;
    if (replaces(owner.pkg, pkg)) return false;
    if (owner.pkg.origin === pkg.origin || replaces(pkg, owner.pkg)) return true;
    throw conflict(path, pkg, owner.pkg);
  }
}

function conflict(path: string, pkg: ApkoPackage, other: ApkoPackage | undefined): KilopyError {
  const against =
    other === undefined ? 'the file of this name that is there already' : `${other.name} ${other.version}`;
  return new KilopyError('KP2109', `/${path} of ${pkg.name} ${pkg.version} differs from ${against}`, {
    where: `/${path}`,
    why: 'neither package replaces the other, and their origins differ',
    data: { path, package: pkg.name, other: other?.name },
  });
}
