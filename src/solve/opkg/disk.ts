import type { OpkgPackage } from './opkg-package.ts';
import type { Disk } from './state.ts';

/** What is on the disk while packages are installed; files of packages that the caller does not know count as absent. */
export function emptyDisk(filesOf: Disk['filesOf']): Disk {
  return { filesOf, present: new Map(), owners: new Map() };
}

/** The first file that is there already. Configuration is kept beside, and what is replaced may be overwritten. */
export function clashOf(
  disk: Disk,
  pkg: OpkgPackage,
  replaced: readonly (OpkgPackage | undefined)[],
): { readonly path: string; readonly owner: OpkgPackage | undefined } | undefined {
  const { files = [], conffiles = [] } = disk.filesOf(pkg) ?? {};
  for (const { path, type } of files) {
    if (type === 'directory' || conffiles.includes(path) || !isFile(disk, path)) continue;
    const owner = disk.owners.get(path);
    if (owner?.name === pkg.name || replaced.includes(owner)) continue;
    const provided = owner === undefined ? [] : [owner.name, ...owner.provides];
    if (!pkg.replaces.some((name) => provided.includes(name))) return { path, owner };
  }
  return undefined;
}

/** opkg notes the owner before it knows whether the package can be installed at all. */
export function ownFiles(disk: Disk, pkg: OpkgPackage, old: OpkgPackage | undefined): void {
  for (const { path, type } of disk.filesOf(pkg)?.files ?? []) {
    if (type === 'directory') continue;
    const owner = disk.owners.get(path);
    if (owner === undefined || owner === old) disk.owners.set(path, pkg);
  }
}

export function layFiles(disk: Disk, pkg: OpkgPackage): void {
  for (const { path, type, target } of disk.filesOf(pkg)?.files ?? []) {
    if (type !== 'directory') disk.present.set(path, type === 'symlink' ? (target ?? '') : undefined);
  }
}

export function removeFiles(disk: Disk, pkg: OpkgPackage): void {
  for (const { path } of disk.filesOf(pkg)?.files ?? []) if (disk.owners.get(path) === pkg) disk.present.delete(path);
}

/** Something that is no folder is there, as stat sees it. A link out of the root leads nowhere. */
function isFile(disk: Disk, path: string, depth: number = 0): boolean {
  if (!disk.present.has(path)) return false;
  const target = disk.present.get(path);
  if (target === undefined) return true;
  if (target.startsWith('/') || depth > 8) return false;
  const parts = path.split('/').slice(0, -1);
  for (const part of target.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return isFile(disk, parts.join('/'), depth + 1);
}
