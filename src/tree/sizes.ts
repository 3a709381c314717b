import { comparePaths } from '../codec/path-text.ts';
import type { Origin } from '../values/origin.ts';
import type { Node, Tree } from './node.ts';
import { originKey } from './origin-text.ts';
import { sortedNodes } from './sort.ts';

export interface SizeOptions {
  /** Round each file up to whole blocks, as a file system does. Default: bytes as they are. */
  readonly blockBytes?: number;
}

export interface SizeRow {
  /** Package name, `app`, `files`, the layer, or the pass. */
  readonly name: string;
  readonly kind: Origin['kind'];
  readonly version: string | undefined;
  /** Regular files, hard links counted once. */
  readonly files: number;
  readonly sizeBytes: number;
}

/** Bytes and files of a tree by origin, largest first. Hard links count once, for the first path. */
export function sizesByOrigin(tree: Tree, options: SizeOptions = {}): SizeRow[] {
  const rows = new Map<string, SizeRow>();
  for (const { node, sizeBytes } of sizedFiles(tree, options)) {
    const key = originKey(node.origin);
    const row = rows.get(key) ?? { ...nameOf(node.origin), files: 0, sizeBytes: 0 };
    rows.set(key, { ...row, files: row.files + 1, sizeBytes: row.sizeBytes + sizeBytes });
  }
  return [...rows.values()].toSorted((a, b) => b.sizeBytes - a.sizeBytes || comparePaths(a.name, b.name));
}

/** Bytes of the whole tree. */
export function totalBytes(tree: Tree, options: SizeOptions = {}): number {
  return sizedFiles(tree, options).reduce((sum, entry) => sum + entry.sizeBytes, 0);
}

/** Every regular file with its bytes, in order of paths; further hard links of a file are left out. */
export function sizedFiles(
  tree: Tree,
  options: SizeOptions = {},
): { readonly node: Node; readonly sizeBytes: number }[] {
  const seen = new Set<string>();
  return sortedNodes(tree).flatMap((node) => {
    if (node.type !== 'file' || (node.inode !== undefined && seen.has(node.inode))) return [];
    if (node.inode !== undefined) seen.add(node.inode);
    return [{ node, sizeBytes: rounded(node.content.sizeBytes, options.blockBytes ?? 1) }];
  });
}

function rounded(bytes: number, blockBytes: number): number {
  return Math.ceil(bytes / blockBytes) * blockBytes;
}

function nameOf(origin: Origin): Pick<SizeRow, 'name' | 'kind' | 'version'> {
  const { kind } = origin;
  switch (kind) {
    case 'package':
    case 'dependency':
      return { name: origin.name, kind, version: origin.version };
    case 'app':
      return { name: 'app', kind, version: undefined };
    case 'overlay':
      return { name: 'files', kind, version: undefined };
    case 'image':
      return { name: origin.layer, kind, version: undefined };
    case 'pass':
    default:
      return { name: origin.pass, kind, version: undefined };
  }
}
