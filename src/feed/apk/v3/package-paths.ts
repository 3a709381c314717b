import { adbFields } from '../../../codec/adb/adb-schema.ts';
import { blobOf, intOf, itemsOf, nullWord, slotsOf, type AdbView, type AdbWord } from '../../../codec/adb/adb-view.ts';
import { decodePath } from '../../../codec/path-text.ts';
import { KilopyError } from '../../../errors/kilopy-error.ts';
import { safePath } from '../../../tree/safe-path.ts';

/** Attributes of a file or folder, owners by name. */
export interface PathAcl {
  readonly mode: number;
  readonly user: string;
  readonly group: string;
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
}

/** One line of a package's list of files, in the package's order: each folder before its files. */
export type PackagePath =
  | { readonly type: 'directory'; readonly path: string; readonly acl: PathAcl }
  | (FileFields & { readonly type: 'file'; readonly hash: Uint8Array; readonly content: ContentPlace })
  | (FileFields & { readonly type: 'hardlink' | 'symlink'; readonly target: string })
  | (FileFields & {
      readonly type: 'device';
      readonly device: 'char' | 'block' | 'fifo';
      readonly major: number;
      readonly minor: number;
    });

interface FileFields {
  readonly path: string;
  readonly acl: PathAcl;
  readonly mtimeSeconds: number;
  readonly sizeBytes: number;
}

/** Numbers that the data block of a file carries. */
interface ContentPlace {
  readonly pathIndex: number;
  readonly fileIndex: number;
}

/** The upper bits of st_mode, which stand in front of a target (inode(7)). */
const modes = { fifo: 0o010000, char: 0o020000, block: 0o060000, file: 0o100000, symlink: 0o120000 } as const;

/**
 * Reads the array `paths` of a package.
 *
 * @throws KilopyError KP7001 for a path that leaves the root, KP5252 for a path that stands twice or is incomplete
 */
export function readPaths(view: AdbView, word: AdbWord | undefined, label: string): readonly PackagePath[] {
  const paths: PackagePath[] = [];
  const seen = new Set<string>();
  const add = (item: PackagePath): void => {
    if (seen.has(item.path)) throw contradiction(label, `${item.path} stands twice in its list of files`);
    seen.add(item.path);
    paths.push(item);
  };
  for (const [folderIndex, folderWord] of itemsOf(view, word).entries()) {
    const folder = slotsOf(view, folderWord);
    const name = decodePath(blobOf(view, folder[adbFields.folder.name] ?? nullWord) ?? new Uint8Array(0));
    const path = name === '' ? '' : safePath(name, label);
    add({ type: 'directory', path, acl: readAcl(view, folder[adbFields.folder.acl], label) });
    for (const [fileIndex, fileWord] of itemsOf(view, folder[adbFields.folder.files]).entries()) {
      add(readFile(view, fileWord, path, { pathIndex: folderIndex + 1, fileIndex: fileIndex + 1 }, label));
    }
  }
  return paths;
}

function readFile(view: AdbView, word: AdbWord, folder: string, content: ContentPlace, label: string): PackagePath {
  const slots = slotsOf(view, word);
  const fields = adbFields.file;
  const name = decodePath(blobOf(view, slots[fields.name] ?? nullWord) ?? new Uint8Array(0));
  if (name === '' || name.includes('/')) throw contradiction(label, `a file is called ${JSON.stringify(name)}`);
  const path = safePath(folder === '' ? name : `${folder}/${name}`, label);
  const common = {
    path,
    acl: readAcl(view, slots[fields.acl], label),
    mtimeSeconds: intOf(view, slots[fields.mtime] ?? nullWord) ?? 0,
    sizeBytes: intOf(view, slots[fields.size] ?? nullWord) ?? 0,
  };
  const target = blobOf(view, slots[fields.target] ?? nullWord);
  if (target !== undefined) return { ...common, ...readTarget(target, path, label) };
  const hash = blobOf(view, slots[fields.hashes] ?? nullWord);
  if (hash === undefined) throw contradiction(label, `${path} has no checksum`);
  return { ...common, type: 'file', hash: new Uint8Array(hash), content };
}

type Target = { readonly type: 'hardlink' | 'symlink'; readonly target: string } | DeviceTarget;
type DeviceTarget = Pick<Extract<PackagePath, { type: 'device' }>, 'type' | 'device' | 'major' | 'minor'>;

function readTarget(target: Buffer, path: string, label: string): Target {
  if (target.length < 2) throw contradiction(label, `${path} has a damaged target`);
  const mode = target.readUInt16LE(0);
  const rest = target.subarray(2);
  if (mode === modes.symlink || mode === modes.file) {
    const text = decodePath(rest);
    if (text === '' || rest.includes(0)) throw contradiction(label, `${path} has a damaged target`);
    return mode === modes.symlink
      ? { type: 'symlink', target: text }
      : { type: 'hardlink', target: safePath(text, label) };
  }
  const device =
    mode === modes.char ? 'char' : mode === modes.block ? 'block' : mode === modes.fifo ? 'fifo' : undefined;
  if (device === undefined || rest.length !== 8) throw contradiction(label, `${path} has a damaged target`);
  return { type: 'device', device, ...deviceNumbers(rest.readBigUInt64LE(0)) };
}

/** Linux's 64-bit dev_t: makedev(3). */
function deviceNumbers(device: bigint): { readonly major: number; readonly minor: number } {
  return {
    major: Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n)),
    minor: Number((device & 0xffn) | ((device >> 12n) & 0xffffff00n)),
  };
}

function readAcl(view: AdbView, word: AdbWord | undefined, label: string): PathAcl {
  const slots = slotsOf(view, word ?? nullWord);
  const fields = adbFields.acl;
  const text = (field: number): string => blobOf(view, slots[field] ?? nullWord)?.toString('utf8') ?? '';
  const xattrs = itemsOf(view, slots[fields.xattrs]).map((item) => splitXattr(blobOf(view, item), label));
  return {
    mode: (intOf(view, slots[fields.mode] ?? nullWord) ?? 0) & 0o7777,
    user: text(fields.user),
    group: text(fields.group),
    xattrs: new Map(xattrs),
  };
}

/** Name and value with a zero byte between them. */
function splitXattr(bytes: Buffer | undefined, label: string): readonly [string, Uint8Array] {
  const cut = bytes?.indexOf(0) ?? -1;
  if (bytes === undefined || cut < 1) throw contradiction(label, 'an extended attribute has no name');
  return [decodePath(bytes.subarray(0, cut)), new Uint8Array(bytes.subarray(cut + 1))];
}

export function contradiction(label: string, why: string): KilopyError {
  return new KilopyError('KP5252', `${label} contradicts itself`, { where: label, why });
}
