import type { FileNode, Node, Tree } from '../tree/node.ts';
import { sortedNodes, treeOf } from '../tree/sort.ts';
import type { PassResult } from './pass-result.ts';

export interface DeterminismReport {
  /** Nodes whose time was later than the given one. */
  readonly clampedTimes: number;
  /** Names of extended attributes that were dropped. */
  readonly droppedXattrs: readonly string[];
}

/** Attributes that say something of the machine where a file was packed, not of the file. */
const hostXattrs =
  /^(?:security\.(?:selinux|ima|evm|SMACK64.*|apparmor)|trusted\..*|user\.overlay\..*|system\.nfs4_acl|com\.apple\..*)$/u;

/**
 * What makes equal inputs equal bytes: times later than `latestSeconds` become it (SOURCE_DATE_EPOCH’s rule; earlier
 * ones stay), hard links are named after their first path and lone ones are plain files, attributes of the packing
 * machine go, the root exists, and nodes are in order. Pure.
 */
export function makeDeterministic(tree: Tree, latestSeconds: number): PassResult<DeterminismReport> {
  const dropped = new Set<string>();
  let clampedTimes = 0;
  const inodes = inodeNames(tree);
  const nodes = sortedNodes(withRoot(tree)).map((node) => {
    const mtimeSeconds = Math.max(Math.min(Math.floor(node.mtimeSeconds), latestSeconds), 0);
    if (node.mtimeSeconds > latestSeconds) clampedTimes += 1;
    return withoutHostXattrs(withInode({ ...node, mtimeSeconds }, inodes), dropped);
  });
  return { tree: treeOf(nodes), report: { clampedTimes, droppedXattrs: [...dropped].toSorted() } };
}

function withRoot(tree: Tree): Tree {
  if (tree.get('')?.type === 'directory') return tree;
  const origin = { kind: 'pass', pass: 'determinism' } as const;
  return new Map<string, Node>([
    ['', { type: 'directory', path: '', mode: 0o755, uid: 0, gid: 0, mtimeSeconds: 0, origin }],
    ...tree,
  ]);
}

/** Name of an inode by the name that it had: the first of its paths. Inodes with one path have none. */
function inodeNames(tree: Tree): Map<string, string> {
  const paths = new Map<string, string[]>();
  for (const node of sortedNodes(tree))
    if (node.type === 'file' && node.inode !== undefined)
      paths.set(node.inode, [...(paths.get(node.inode) ?? []), node.path]);
  return new Map([...paths].filter(([, all]) => all.length > 1).map(([inode, all]) => [inode, all[0] ?? inode]));
}

function withInode(node: Node, names: ReadonlyMap<string, string>): Node {
  if (node.type !== 'file' || node.inode === undefined) return node;
  const { inode, ...plain } = node;
  const name = names.get(inode);
  return name === undefined ? plain : ({ ...plain, inode: name } satisfies FileNode);
}

function withoutHostXattrs(node: Node, dropped: Set<string>): Node {
  if (node.xattrs === undefined) return node;
  const { xattrs, ...plain } = node;
  const kept = [...xattrs].filter(([name]) => !hostXattrs.test(name)).toSorted(([a], [b]) => (a < b ? -1 : 1));
  for (const name of xattrs.keys()) if (hostXattrs.test(name)) dropped.add(name);
  return kept.length === 0 ? plain : { ...plain, xattrs: new Map(kept) };
}
