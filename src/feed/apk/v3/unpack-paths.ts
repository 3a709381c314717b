import { createHash } from 'node:crypto';
import { limitError } from '../../../codec/archive-error.ts';
import type { AdbData } from '../../../codec/adb/read-adb.ts';
import { KilopyError } from '../../../errors/kilopy-error.ts';
import type { Store } from '../../../store/store.ts';
import type { Accounts } from '../../../tree/ownership.ts';
import { safePath } from '../../../tree/safe-path.ts';
import type { FileNode } from '../../../tree/node.ts';
import type { BlobRef } from '../../../values/blob.ts';
import type { PackageEntry } from '../../package-entry.ts';
import type { ApkPackageV3, UnpackOptions } from './package.ts';
import { contradiction, type PackagePath, type PathAcl } from './package-paths.ts';

/** Files up to this size are put into the store together, others as streams. */
const smallFileBytes = 2 ** 20;
/** How much of small files is held at once. */
const batchBytes = 16 * 2 ** 20;

type FilePath = Extract<PackagePath, { type: 'file' }>;

/**
 * Reads the contents of a package, compares each with its checksum and makes entries of its list of files, in its order.
 * Contents must come in the order of the list, one for each file that is not empty: apk accepts nothing else.
 */
export async function unpackPaths(
  store: Store,
  { file, info, paths }: ApkPackageV3,
  { limits, accounts }: UnpackOptions,
  label: string,
): Promise<{ readonly entries: readonly PackageEntry[]; readonly conffiles: readonly string[] }> {
  if (paths.length > limits.entries) {
    throw limitError('ADB', 0, undefined, `more than ${String(limits.entries)} entries`);
  }
  const files = paths.filter((path) => path.type === 'file');
  for (const { path, sizeBytes } of files) {
    if (sizeBytes <= limits.fileBytes) continue;
    throw limitError('ADB', 0, path, `the file has more than ${String(limits.fileBytes)} bytes`);
  }
  const contents = new Map<string, BlobRef>();
  const listPath = `lib/apk/packages/${info.name}.conffiles`;
  let conffiles: readonly string[] = [];
  let batch: { readonly path: string; readonly bytes: Uint8Array }[] = [];
  let held = 0;

  async function flush(): Promise<void> {
    const refs = await store.putMany(batch.map(({ bytes }) => bytes));
    for (const [index, { path }] of batch.entries()) {
      const ref = refs[index];
      if (ref !== undefined) contents.set(path, ref);
    }
    batch = [];
    held = 0;
  }

  async function keep(path: FilePath, body: AsyncIterable<Uint8Array>): Promise<void> {
    const checked = compared(body, path, label);
    if (path.sizeBytes > smallFileBytes) {
      contents.set(path.path, await store.putStream(checked));
      return;
    }
    const parts: Uint8Array[] = [];
    for await (const piece of checked) parts.push(piece.slice());
    const bytes = Buffer.concat(parts);
    if (path.path === listPath) conffiles = parseConffiles(bytes, label);
    batch.push({ path: path.path, bytes });
    held += bytes.length;
    if (held > batchBytes) await flush();
  }

  const filled = files.filter(({ sizeBytes }) => sizeBytes > 0)[Symbol.iterator]();
  for await (const data of file.data) await keep(expected(filled.next().value, data, label), data.body);
  const missing = filled.next().value;
  if (missing !== undefined) throw contradiction(label, `the content of ${missing.path} is not there`);
  for (const empty of files.filter(({ sizeBytes }) => sizeBytes === 0)) await keep(empty, nothing());
  await flush();
  return { entries: makeEntries(paths, contents, accounts, label), conffiles };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

function expected(next: FilePath | undefined, data: AdbData, label: string): FilePath {
  const fits =
    next?.content.pathIndex === data.pathIndex &&
    next.content.fileIndex === data.fileIndex &&
    next.sizeBytes === data.sizeBytes;
  if (next !== undefined && fits) return next;
  const place = `${String(data.pathIndex)}/${String(data.fileIndex)}`;
  throw contradiction(
    label,
    `the content for file ${place} has ${String(data.sizeBytes)} bytes, where ${next?.path ?? 'nothing'} should be`,
  );
}

/** apk knows the algorithm by the length. */
const algorithms: ReadonlyMap<number, string> = new Map([
  [20, 'sha1'],
  [32, 'sha256'],
  [64, 'sha512'],
]);

async function* compared(
  body: AsyncIterable<Uint8Array>,
  { path, hash }: FilePath,
  label: string,
): AsyncGenerator<Uint8Array> {
  const algorithm = algorithms.get(hash.length);
  if (algorithm === undefined) throw contradiction(label, `${path} has a checksum of ${String(hash.length)} bytes`);
  const hasher = createHash(algorithm);
  for await (const piece of body) {
    hasher.update(piece);
    yield piece;
  }
  const actual = hasher.digest();
  if (actual.equals(hash)) return;
  throw new KilopyError('KP5005', `${path} in ${label} does not have its checksum`, {
    where: label,
    why: `announced ${Buffer.from(hash).toString('hex')}, found ${actual.toString('hex')}`,
    data: { path },
  });
}

/** OpenWrt lists configuration in a file of the package. */
function parseConffiles(bytes: Buffer, label: string): readonly string[] {
  return bytes
    .toString('utf8')
    .split('\n')
    .filter((line) => line.startsWith('/'))
    .map((line) => safePath(line.trimEnd().slice(1), label));
}

function makeEntries(
  paths: readonly PackagePath[],
  contents: ReadonlyMap<string, BlobRef>,
  accounts: Accounts | undefined,
  label: string,
): readonly PackageEntry[] {
  const linked = new Set(paths.flatMap((path) => (path.type === 'hardlink' ? [path.target] : [])));
  const byPath = new Map(paths.map((path) => [path.path, path]));
  const fileEntry = (path: FilePath): Omit<FileNode, 'origin'> => ({
    type: 'file',
    ...attributesOf(path, accounts),
    content: contents.get(path.path) ?? unreachable(path.path),
    ...(linked.has(path.path) ? { inode: `${label}/${path.path}` } : {}),
  });
  return paths.flatMap((path): PackageEntry[] => {
    const attributes = attributesOf(path, accounts);
    switch (path.type) {
      case 'directory':
        return path.path === '' ? [] : [{ type: 'directory', ...attributes }];
      case 'file':
        return [fileEntry(path)];
      case 'hardlink': {
        const target = byPath.get(path.target);
        if (target?.type === 'file') return [{ ...fileEntry(target), path: path.path }];
        throw contradiction(label, `${path.path} is a link to ${path.target}, which is no file of the package`);
      }
      case 'symlink':
        return [{ type: 'symlink', ...attributes, target: path.target }];
      default:
        return [{ type: 'device', ...attributes, device: path.device, major: path.major, minor: path.minor }];
    }
  });
}

function unreachable(path: string): never {
  throw new Error(`${path} has no content after all were read`);
}

type Attributes = Pick<PackageEntry, 'path' | 'mode' | 'uid' | 'gid' | 'mtimeSeconds' | 'xattrs'>;

function attributesOf(path: PackagePath, accounts: Accounts | undefined): Attributes {
  const { acl } = path;
  return {
    path: path.path,
    mode: acl.mode,
    ...ownerOf(acl, accounts),
    mtimeSeconds: path.type === 'directory' ? 0 : path.mtimeSeconds,
    ...(acl.xattrs.size > 0 ? { xattrs: acl.xattrs } : {}),
  };
}

/** What apk makes of names that the system does not have. */
const nobody = 65534;

function ownerOf({ user, group }: PathAcl, accounts: Accounts | undefined): { uid: number; gid: number } {
  const uid = user === 'root' ? 0 : accounts?.users.find(({ name }) => name === user)?.uid;
  const gid = group === 'root' ? 0 : accounts?.groups.find(({ name }) => name === group)?.gid;
  return { uid: uid ?? nobody, gid: gid ?? nobody };
}
