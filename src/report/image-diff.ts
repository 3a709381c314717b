import { diffTrees, type DiffOptions, type TreeChange } from '../tree/diff.ts';
import type { Node, Tree } from '../tree/node.ts';
import type { FoundPackage } from './installed-packages.ts';
import { packageAt } from './size-owner.ts';

/** One path that differs, with both values of each aspect that does. */
export interface PathChange {
  readonly kind: TreeChange['kind'];
  readonly path: string;
  /** By aspect: `mode`, `owner`, `content`, `target`, `xattrs` ... */
  readonly details: readonly { readonly what: string; readonly before: string; readonly after: string }[];
  /** Growth in bytes. */
  readonly deltaBytes: number;
  readonly package: string | undefined;
}

/** A package that came, went or changed. */
export interface PackageChange {
  readonly name: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** Paths of it that differ. */
  readonly paths: number;
  readonly deltaBytes: number;
}

export interface ImageDiff {
  readonly changes: readonly PathChange[];
  readonly packages: readonly PackageChange[];
}

export interface DiffSide {
  readonly tree: Tree;
  /** By path, as `packageOwners` gives them. */
  readonly owners: ReadonlyMap<string, FoundPackage>;
}

/** What differs between two images, down to mode bits, by path and by package where packages are known. */
export function diffImages(before: DiffSide, after: DiffSide, options: DiffOptions = {}): ImageDiff {
  const changes = diffTrees(before.tree, after.tree, options).map((change): PathChange => ({
    kind: change.kind,
    path: change.path,
    details: detailsOf(change),
    deltaBytes:
      sizeOf('after' in change ? change.after : undefined) - sizeOf('before' in change ? change.before : undefined),
    package: (packageAt(after.owners, change.path) ?? packageAt(before.owners, change.path))?.name,
  }));
  return { changes, packages: packageChanges(changes, versionsOf(before), versionsOf(after)) };
}

function versionsOf({ owners }: DiffSide): ReadonlyMap<string, string> {
  return new Map([...owners.values()].map(({ name, version }) => [name, version]));
}

function packageChanges(
  changes: readonly PathChange[],
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): PackageChange[] {
  const rows = new Map<string, { paths: number; deltaBytes: number }>();
  for (const { package: name, deltaBytes } of changes) {
    if (name === undefined) continue;
    const row = rows.get(name) ?? { paths: 0, deltaBytes: 0 };
    rows.set(name, { paths: row.paths + 1, deltaBytes: row.deltaBytes + deltaBytes });
  }
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names]
    .filter((name) => rows.has(name) || before.get(name) !== after.get(name))
    .toSorted()
    .map((name) => ({
      name,
      before: before.get(name),
      after: after.get(name),
      ...(rows.get(name) ?? { paths: 0, deltaBytes: 0 }),
    }));
}

function detailsOf(change: TreeChange): PathChange['details'] {
  if (change.kind !== 'changed') return [];
  const { before, after } = change;
  return change.aspects.map((what) => ({ what, before: aspectText(before, what), after: aspectText(after, what) }));
}

/** One aspect of a node as text: `0644`, `0:0`, `sha256:...`. */
function aspectText(node: Node, what: string): string {
  switch (what) {
    case 'type':
      return node.type === 'device' ? node.device : node.type;
    case 'mode':
      return node.mode.toString(8).padStart(4, '0');
    case 'owner':
      return `${String(node.uid)}:${String(node.gid)}`;
    case 'content':
      return node.type === 'file' ? `${String(node.content.sizeBytes)} B ${node.content.digest.slice(7, 19)}` : '';
    case 'target':
      return node.type === 'symlink' ? node.target : '';
    case 'device':
      return node.type === 'device' ? `${node.device} ${String(node.major)}:${String(node.minor)}` : '';
    case 'xattrs':
      return [...(node.xattrs ?? [])]
        .map(([name, value]) => `${name}=0x${Buffer.from(value).toString('hex')}`)
        .toSorted()
        .join(' ');
    case 'time':
      return new Date(node.mtimeSeconds * 1000).toISOString();
    default:
      return node.type === 'file' && node.inode !== undefined ? 'hard link' : 'alone';
  }
}

function sizeOf(node: Node | undefined): number {
  return node?.type === 'file' ? node.content.sizeBytes : 0;
}
