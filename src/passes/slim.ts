import { comparePaths } from '../codec/path-text.ts';
import type { Node, Tree } from '../tree/node.ts';
import { isWithin, parentsOf } from '../tree/paths.ts';
import { sizedFiles } from '../tree/sizes.ts';
import type { BlobSource } from '../values/blob.ts';
import {
  elfClosure,
  type Closure,
  type ClosureEdge,
  type ClosureRoot,
  type ClosureSettings,
  type MissingLibrary,
} from './elf-closure.ts';
import { copyrightPaths, licencePaths } from './licences.ts';
import type { PassResult } from './pass-result.ts';

export interface SlimSettings {
  readonly mode: 'closure' | 'packages' | 'none';
  /** Programs that have to start: the entry point. Absolute paths. */
  readonly entries: readonly string[];
  /** Packages that the user named: of these every file stays, whatever reaches it. */
  readonly wished: ReadonlySet<string>;
  /** Whether the licence texts of packages that are in the image stay, too. */
  readonly licences?: boolean | undefined;
  /** Folders of LD_LIBRARY_PATH, when the image’s environment sets it. */
  readonly libraryPath?: readonly string[];
}

export interface SlimReport {
  readonly mode: SlimSettings['mode'];
  /** What was left out, by package, largest first. Documentation counts for its package. */
  readonly dropped: readonly DroppedPackage[];
  readonly droppedBytes: number;
  /** Everything that was left out, by path. */
  readonly droppedNodes: Tree;
  /** Who brought each file that was reached; empty in mode `none`. */
  readonly reached: ReadonlyMap<string, ClosureEdge>;
  /** Paths of licence texts that were dropped with the documentation; `collectLicences` has their content. */
  readonly copyrights: readonly string[];
  /** Libraries that plugins ask for and that are nowhere in the tree. */
  readonly missing: readonly MissingLibrary[];
  /** Paths of libraries in folders of ld.so.conf, which the loader only finds with ldconfig’s cache. */
  readonly needCache: readonly string[];
}

interface DroppedPackage {
  readonly name: string;
  readonly version: string;
  readonly files: number;
  readonly sizeBytes: number;
}

/** Goes in every mode except `none`. */
const documentation = ['doc', 'man', 'locale', 'info', 'lintian', 'bug'].map((name) => `usr/share/${name}`);

const nothing: Closure = { paths: new Set(), edges: new Map(), missing: [], cached: [] };

/**
 * Leaves out what the image does not need.
 *
 * - `none`: everything stays.
 * - `packages`: packages stay whole, without documentation.
 * - `closure`: of packages that the user did not name, only what the entry points, the named packages and `files:`
 *   reach stays. Application, dependencies, `files:`, image layers and what passes made are never thinned.
 *
 * Folders of packages that end up empty go too, in mode `closure`. Throws KP7201 to KP7203 (every mode but `none`
 * checks that the entry points can start).
 */
export async function slim(tree: Tree, blobs: BlobSource, settings: SlimSettings): Promise<PassResult<SlimReport>> {
  const closure = settings.mode === 'none' ? nothing : await elfClosure(tree, blobs, closureSettings(tree, settings));
  const kept = settings.mode === 'none' ? tree : thinned(tree, settings, closure.paths);
  const dropped = droppedPackages(tree, kept);
  const report: SlimReport = {
    mode: settings.mode,
    dropped,
    droppedBytes: dropped.reduce((sum, row) => sum + row.sizeBytes, 0),
    droppedNodes: new Map([...tree].filter(([path]) => !kept.has(path))),
    reached: closure.edges,
    copyrights: copyrightPaths(tree).filter((path) => !kept.has(path)),
    missing: closure.missing,
    needCache: closure.cached.map((file) => file.path).toSorted(comparePaths),
  };
  return { tree: kept, report };
}

function closureSettings(tree: Tree, settings: SlimSettings): ClosureSettings {
  const roots: ClosureRoot[] = settings.entries.map((path) => ({ path, need: 'entry' }));
  for (const node of tree.values()) {
    if (node.type !== 'file' || !isRoot(node, settings)) continue;
    const isPlugin = node.origin.kind === 'package' && !isProgramPath(node);
    roots.push({ path: node.path, need: isPlugin ? 'plugin' : 'program' });
  }
  const { libraryPath } = settings;
  return libraryPath === undefined ? { roots } : { roots, libraryPath };
}

function isRoot(node: Node, settings: SlimSettings): boolean {
  if (isDocumentation(node)) return false;
  return isThinned(node, settings) ? false : node.origin.kind !== 'image';
}

function isProgramPath(node: Node): boolean {
  return /^(?:usr\/)?(?:local\/)?s?bin\/[^/]+$/u.test(node.path) && (node.mode & 0o111) !== 0;
}

/** True for nodes that have to be reached in order to stay. */
function isThinned(node: Node, settings: SlimSettings): boolean {
  return node.origin.kind === 'package' && !settings.wished.has(node.origin.name);
}

/** Documentation of packages, which every mode but `none` leaves out. */
export function isDocumentation(node: Node): boolean {
  return node.origin.kind === 'package' && documentation.some((folder) => isWithin(node.path, folder));
}

function thinned(tree: Tree, settings: SlimSettings, reached: ReadonlySet<string>): Tree {
  const stays = (node: Node): boolean => {
    if (isDocumentation(node)) return false;
    return settings.mode === 'packages' || !isThinned(node, settings) || reached.has(node.path);
  };
  const paths = new Set<string>(['']);
  const packages = new Set<string>();
  const keep = (path: string): void => {
    paths.add(path);
    for (const parent of parentsOf(path)) paths.add(parent);
  };
  for (const node of tree.values()) {
    if (!stays(node)) continue;
    keep(node.path);
    if (node.origin.kind === 'package' && node.type !== 'directory') packages.add(node.origin.name);
  }
  if (settings.licences === true) for (const path of licencePaths(tree, packages)) keep(path);
  return new Map([...tree].filter(([path]) => paths.has(path)));
}

function droppedPackages(before: Tree, after: Tree): DroppedPackage[] {
  const rows = new Map<string, DroppedPackage>();
  const inodes = new Set<string>();
  for (const node of after.values()) if (node.type === 'file' && node.inode !== undefined) inodes.add(node.inode);
  for (const { node, sizeBytes } of sizedFiles(before)) {
    const { origin } = node;
    if (after.has(node.path) || origin.kind !== 'package') continue;
    const saved = node.type === 'file' && node.inode !== undefined && inodes.has(node.inode) ? 0 : sizeBytes;
    const row = rows.get(origin.name) ?? { name: origin.name, version: origin.version, files: 0, sizeBytes: 0 };
    rows.set(origin.name, { ...row, files: row.files + 1, sizeBytes: row.sizeBytes + saved });
  }
  return [...rows.values()].toSorted((a, b) => b.sizeBytes - a.sizeBytes || comparePaths(a.name, b.name));
}
