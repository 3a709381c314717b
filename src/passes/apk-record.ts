import { createHash } from 'node:crypto';
import type { InstalledField, InstalledFile, InstalledFolder, InstalledPackage } from '../codec/apk-installed.ts';
import { comparePaths, encodePath } from '../codec/path-text.ts';
import { hexOf } from '../crypto/digest.ts';
import type { Node, Tree } from '../tree/node.ts';
import { baseName, parentOf, resolvePath } from '../tree/paths.ts';
import type { BlobSource } from '../values/blob.ts';
import type { InstalledApk } from './apk-database.ts';

/** What a scanner reads: package, version, architecture, origin. */
export function scannerRecord({ name, version, architecture, payload }: InstalledApk): InstalledPackage {
  const fields: readonly InstalledField[] = [
    ['P', name],
    ['V', version],
    ['A', architecture],
    ['o', payload.control.get('origin') ?? ''],
  ];
  return { name, version, fields: fields.filter(([, value]) => value !== ''), folders: [] };
}

/**
 * The whole record of a package, as apk-tools writes it. Folders are all of the package that the tree still has; files
 * those that it owns in the tree.
 *
 * @param owned paths whose origin is this package
 */
export async function fullRecord(
  one: InstalledApk,
  tree: Tree,
  blobs: BlobSource,
  owned: ReadonlySet<string>,
): Promise<InstalledPackage> {
  const folders = new Map<string, { acl?: string; readonly files: InstalledFile[] }>();
  const folderOf = (path: string): { acl?: string; readonly files: InstalledFile[] } => {
    let folder = folders.get(path);
    if (folder === undefined) folders.set(path, (folder = { files: [] }));
    return folder;
  };
  for (const { path, type } of one.payload.entries) {
    // Below a merged /usr a file stands elsewhere than its package says.
    const placed = resolvePath(tree, path, { followLast: false }).path;
    const node = tree.get(placed);
    if (node === undefined || path === '') continue;
    if (type === 'directory' && node.type === 'directory') {
      const acl = aclOf(node, 0o755);
      const folder = folderOf(path);
      if (acl !== undefined) folder.acl = acl;
    } else if (type !== 'directory' && node.type !== 'directory' && owned.has(placed)) {
      folderOf(parentOf(path)).files.push(await fileRecord(node, one.format, blobs));
    }
  }
  const sorted = [...folders].toSorted(([a], [b]) => comparePaths(a, b));
  return {
    name: one.name,
    version: one.version,
    fields: fieldsOf(one),
    folders: sorted.map(([path, folder]): InstalledFolder => ({ path, ...folder })),
  };
}

async function fileRecord(node: Node, format: InstalledApk['format'], blobs: BlobSource): Promise<InstalledFile> {
  const acl = aclOf(node, 0o644);
  const checksum = await checksumOf(node, format, blobs);
  return {
    name: baseName(node.path),
    ...(acl === undefined ? {} : { acl }),
    ...(checksum === undefined ? {} : { checksum }),
  };
}

/** Lines in the order of apk-tools 3. */
function fieldsOf({
  name,
  version,
  architecture,
  checksum,
  format,
  fileSizeBytes,
  payload,
}: InstalledApk): readonly InstalledField[] {
  const control = (key: string): string => (payload.control.get(key) ?? '').split(/\s+/u).join(' ').trim();
  const text = (key: string): string => payload.control.get(key) ?? '';
  const always: readonly InstalledField[] = [
    ['C', checksum],
    ['P', name],
    ['V', version],
    ['A', architecture],
    ['S', String(fileSizeBytes)],
    ['I', text('size') || '0'],
    ['T', text('pkgdesc')],
    ['U', text('url')],
    ['L', text('license')],
  ];
  const present: readonly InstalledField[] = [
    ['o', text('origin')],
    ['m', text('maintainer')],
    ['t', text('builddate')],
    ['c', text('commit')],
    ['k', text('provider_priority')],
    ['D', control('depend')],
    ['p', control('provides')],
    ['i', control('install_if')],
    ['r', control('replaces')],
    ['q', text('replaces_priority')],
    ['f', format === 'v3' ? 'S' : ''],
  ];
  return [...always, ...present.filter(([, value]) => value !== '')];
}

/** Absent where it is what apk takes for granted. */
function aclOf({ mode, uid, gid, xattrs }: Node, usual: number): string | undefined {
  const bare = mode === usual && uid === 0 && gid === 0;
  if (bare && xattrs === undefined) return undefined;
  const acl = `${String(uid)}:${String(gid)}:${mode.toString(8)}`;
  return xattrs === undefined || xattrs.size === 0 ? acl : `${acl}:${q1(xattrDigest(xattrs))}`;
}

/** Names and values in the order of names, each behind its length (apk_fileinfo_hash_xattr of apk-tools). */
function xattrDigest(xattrs: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const hash = createHash('sha1');
  const add = (bytes: Uint8Array): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const [name, value] of [...xattrs].toSorted(([a], [b]) => comparePaths(a, b))) {
    add(encodePath(name));
    add(value);
  }
  return hash.digest();
}

/** Of contents and of the targets of links; devices have none. */
async function checksumOf(node: Node, format: InstalledApk['format'], blobs: BlobSource): Promise<string | undefined> {
  const algorithm = format === 'v2' ? 'sha1' : 'sha256';
  if (node.type === 'symlink') return q1(createHash(algorithm).update(encodePath(node.target)).digest());
  if (node.type !== 'file') return undefined;
  if (format === 'v3') return q1(Buffer.from(hexOf(node.content.digest), 'hex'));
  const hash = createHash(algorithm);
  for await (const piece of blobs.open(node.content)) hash.update(piece);
  return q1(hash.digest());
}

function q1(digest: Uint8Array): string {
  return `Q1${Buffer.from(digest.subarray(0, 20)).toString('base64')}`;
}
