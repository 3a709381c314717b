import { apkScriptNames } from '../codec/packages/apk-script-names.ts';
import { comparePaths } from '../codec/path-text.ts';
import { encodeGzip } from '../codec/gzip/encode-gzip.ts';
import { formatInstalled } from '../codec/apk-installed.ts';
import { formatScriptsTar, formatTriggers, type InstalledScript } from '../codec/apk-scripts.ts';
import type { PackagePayload } from '../feed/feed.ts';
import type { DirectoryNode, FileNode, Node, Tree } from '../tree/node.ts';
import { overlay } from '../tree/overlay.ts';
import { isWithin, parentsOf } from '../tree/paths.ts';
import type { BlobStore } from '../values/blob.ts';
import { fullRecord, scannerRecord } from './apk-record.ts';
import type { PassResult } from './pass-result.ts';
import { runtimeTime } from './runtime-time.ts';

/**
 * What an image says of its apk packages. `full`: apk in the image can go on managing it. `scanner`: name, version,
 * origin and architecture, which is what scanners for vulnerabilities read. `none`: nothing.
 */
export type ApkDatabaseMode = 'full' | 'scanner' | 'none';

/** A package of the image, as apk would have installed it. */
export interface InstalledApk {
  readonly name: string;
  readonly version: string;
  /** As the index has it, for apk looks for the package in the folder of this name; the package may say `noarch`. */
  readonly architecture: string;
  /** Of the package file, as the index has it: `Q1` and base64. */
  readonly checksum: string;
  /** Version 3 packages have checksums of SHA-256, cut to 20 bytes. */
  readonly format: 'v2' | 'v3';
  readonly fileSizeBytes: number;
  /** `control` has the fields of .PKGINFO, lists with blanks between. */
  readonly payload: PackagePayload;
}

export interface ApkDatabaseSettings {
  readonly mode: ApkDatabaseMode;
  /** In install order. */
  readonly packages: readonly InstalledApk[];
  readonly architecture: string;
  /** What was wished for: lines of /etc/apk/world. */
  readonly world: readonly string[];
  /** Lines of /etc/apk/repositories. */
  readonly repositories: readonly string[];
  /** Public keys by file name, for /etc/apk/keys. */
  readonly keys: ReadonlyMap<string, string>;
  /**
   * `openwrt`: apk-tools 3 as OpenWrt builds it, with scripts.tar.gz, and repositories in files that its packages bring.
   * Default Alpine's layout.
   */
  readonly layout?: 'alpine' | 'openwrt' | undefined;
  /** Text of /etc/os-release for `scanner`, where no package brings one: without it scanners do not know whose packages these are. */
  readonly release?: string | undefined;
}

export interface ApkDatabaseReport {
  readonly mode: ApkDatabaseMode;
  /** Paths that this pass wrote. */
  readonly written: readonly string[];
  /** Paths of packages that it took out. */
  readonly removed: readonly string[];
}

/** What only apk reads. */
const apkFolders = ['etc/apk', 'lib/apk', 'usr/lib/apk', 'usr/share/apk', 'var/cache/apk'];

/**
 * Writes what apk keeps in an image: lib/apk/db/{installed,scripts.tar,triggers} and /etc/apk/{arch,world,repositories,
 * keys}. Files stand in the database under the package that they have in the tree, so what other passes took out is not
 * missed by `apk audit`. In the modes `scanner` and `none` everything that only apk reads goes, whichever package
 * brought it; files of the application and of overlays stay.
 */
export async function writeApkDatabase(
  tree: Tree,
  blobs: BlobStore,
  settings: ApkDatabaseSettings,
): Promise<PassResult<ApkDatabaseReport>> {
  const removed = settings.mode === 'full' ? [] : removablePaths(tree);
  const gone = new Set(removed);
  const kept = gone.size === 0 ? tree : new Map([...tree].filter(([path]) => !gone.has(path)));
  const files = await databaseFiles(kept, blobs, settings);
  const mtimeSeconds = runtimeTime(tree);
  const common = { uid: 0, gid: 0, mtimeSeconds, origin: { kind: 'pass', pass: 'apk-database' } } as const;
  const nodes: Node[] = [];
  for (const [path, bytes] of files) {
    nodes.push({ ...common, type: 'file', path, mode: 0o644, content: await blobs.put(bytes) } satisfies FileNode);
  }
  if (settings.mode === 'full' && settings.layout !== 'openwrt') {
    // apk keeps its cache and its programs there and does not make the folders itself.
    for (const path of ['lib/apk/exec', 'var/cache/apk']) {
      nodes.push({ ...common, type: 'directory', path, mode: 0o755 } satisfies DirectoryNode);
    }
  }
  const written = nodes.map(({ path }) => path);
  return { tree: overlay(kept, nodes).tree, report: { mode: settings.mode, written, removed } };
}

async function databaseFiles(
  tree: Tree,
  blobs: BlobStore,
  settings: ApkDatabaseSettings,
): Promise<readonly (readonly [path: string, bytes: Uint8Array])[]> {
  const { mode, packages } = settings;
  if (mode === 'none') return [];
  const sorted = packages.toSorted((a, b) => comparePaths(a.name, b.name));
  if (mode === 'scanner') {
    const installed = formatInstalled(sorted.map(scannerRecord));
    const { release } = settings;
    const says = release === undefined || tree.has('etc/os-release') || tree.has('usr/lib/os-release');
    return [['lib/apk/db/installed', installed], ...(says ? [] : [['etc/os-release', Buffer.from(release)] as const])];
  }
  const owners = ownersByPackage(tree);
  const records = [];
  for (const one of packages) records.push(await fullRecord(one, tree, blobs, owners.get(one.name) ?? new Set()));
  const triggers = packages.flatMap(({ checksum, payload }) => {
    const globs = words(payload.control.get('triggers'));
    return globs.length === 0 ? [] : [{ checksum, globs }];
  });
  const scripts = formatScriptsTar(packages.flatMap(scriptsOf));
  return [
    ['lib/apk/db/installed', formatInstalled(records)],
    settings.layout === 'openwrt'
      ? ['lib/apk/db/scripts.tar.gz', await encodeGzip(scripts)]
      : ['lib/apk/db/scripts.tar', scripts],
    ['lib/apk/db/triggers', formatTriggers(triggers)],
    ['etc/apk/arch', lines([settings.architecture])],
    ['etc/apk/world', lines([...new Set(settings.world)].toSorted(comparePaths))],
    ...(settings.layout === 'openwrt' ? [] : [['etc/apk/repositories', lines(settings.repositories)] as const]),
    ...[...settings.keys].map(([name, pem]) => [`etc/apk/keys/${name}`, Buffer.from(pem)] as const),
  ];
}

/** apk reads the scripts in any order, and writes them in the order of their kinds. */
function scriptsOf({ name, version, checksum, payload }: InstalledApk): readonly InstalledScript[] {
  const mtimeSeconds = Number(payload.control.get('builddate') ?? 0);
  return apkScriptNames.flatMap((kind) => {
    const script = payload.scripts.get(kind);
    if (script === undefined) return [];
    return [{ fileName: `${name}-${version}.${checksum}.${kind}`, mtimeSeconds, body: Buffer.from(script) }];
  });
}

/** Paths of the tree by the package that they come from. */
function ownersByPackage(tree: Tree): ReadonlyMap<string, ReadonlySet<string>> {
  const owners = new Map<string, Set<string>>();
  for (const { path, origin } of tree.values()) {
    if (origin.kind !== 'package') continue;
    const paths = owners.get(origin.name);
    if (paths === undefined) owners.set(origin.name, new Set([path]));
    else paths.add(path);
  }
  return owners;
}

/** What packages brought for apk; a folder stays while something of the user's stands in it. */
function removablePaths(tree: Tree): readonly string[] {
  const paths = new Set<string>();
  for (const { path, origin } of tree.values()) {
    const fromPackage = origin.kind === 'package' || origin.kind === 'image';
    if (fromPackage && apkFolders.some((folder) => isWithin(path, folder))) paths.add(path);
  }
  for (const { path } of tree.values()) {
    if (paths.has(path)) continue;
    for (const parent of parentsOf(path)) paths.delete(parent);
  }
  return [...paths].toSorted(comparePaths);
}

function words(text: string | undefined): readonly string[] {
  return (text ?? '').split(/\s+/u).filter((word) => word !== '');
}

function lines(all: readonly string[]): Uint8Array {
  return Buffer.from(all.map((line) => `${line}\n`).join(''));
}
