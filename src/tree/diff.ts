import { comparePaths } from '../codec/path-text.ts';
import type { Node, Tree } from './node.ts';

/** What of a node differs. */
type NodeAspect = 'type' | 'mode' | 'owner' | 'content' | 'target' | 'device' | 'xattrs' | 'links' | 'time' | 'origin';

export type TreeChange =
  | { readonly kind: 'added'; readonly path: string; readonly after: Node }
  | { readonly kind: 'removed'; readonly path: string; readonly before: Node }
  | {
      readonly kind: 'changed';
      readonly path: string;
      readonly before: Node;
      readonly after: Node;
      readonly aspects: readonly NodeAspect[];
    };

export interface DiffOptions {
  /** Modification times count. Default: no. */
  readonly times?: boolean;
  /** Origins count. Default: no. */
  readonly origins?: boolean;
}

/**
 * What has to be done to `before` to get `after`, in order of paths. Nodes are compared down to the mode bits, owner,
 * content, link target, device numbers, extended attributes and which files are hard links of each other.
 */
export function diffTrees(before: Tree, after: Tree, options: DiffOptions = {}): TreeChange[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].toSorted(comparePaths);
  const groups = { before: linkGroups(before), after: linkGroups(after) };
  const changes: TreeChange[] = [];
  for (const path of paths) {
    const [old, now] = [before.get(path), after.get(path)];
    if (old === undefined && now !== undefined) changes.push({ kind: 'added', path, after: now });
    if (old !== undefined && now === undefined) changes.push({ kind: 'removed', path, before: old });
    if (old === undefined || now === undefined) continue;
    const aspects = differences(old, now, options);
    if (groups.before.get(path) !== groups.after.get(path)) aspects.push('links');
    if (aspects.length > 0) changes.push({ kind: 'changed', path, before: old, after: now, aspects });
  }
  return changes;
}

/** The tree that `changes` make of `before`. */
export function applyChanges(before: Tree, changes: Iterable<TreeChange>): Tree {
  const tree = new Map(before);
  for (const change of changes) {
    if (change.kind === 'removed') tree.delete(change.path);
    else tree.set(change.path, change.after);
  }
  return tree;
}

function differences(a: Node, b: Node, options: DiffOptions): NodeAspect[] {
  const aspects: NodeAspect[] = [];
  const note = (differs: boolean, aspect: NodeAspect): void => {
    if (differs) aspects.push(aspect);
  };
  note(a.type !== b.type, 'type');
  // The kernel has no mode for links; archives write 0777 or whatever they found.
  note(a.mode !== b.mode && !(a.type === 'symlink' && b.type === 'symlink'), 'mode');
  note(a.uid !== b.uid || a.gid !== b.gid, 'owner');
  note(a.type === 'file' && b.type === 'file' && a.content.digest !== b.content.digest, 'content');
  note(a.type === 'symlink' && b.type === 'symlink' && a.target !== b.target, 'target');
  note(a.type === 'device' && b.type === 'device' && deviceText(a) !== deviceText(b), 'device');
  note(xattrText(a) !== xattrText(b), 'xattrs');
  note(options.times === true && a.mtimeSeconds !== b.mtimeSeconds, 'time');
  note(options.origins === true && JSON.stringify(a.origin) !== JSON.stringify(b.origin), 'origin');
  return aspects;
}

function deviceText(node: Node & { type: 'device' }): string {
  return node.device === 'fifo' ? 'fifo' : `${node.device} ${node.major}:${node.minor}`;
}

function xattrText(node: Node): string {
  const entries = [...(node.xattrs ?? [])].map(([name, value]) => `${name}=${Buffer.from(value).toString('hex')}`);
  return entries.toSorted().join('\n');
}

/** For every file that has hard links: all paths of its group as one text, so that the inode’s name does not count. */
function linkGroups(tree: Tree): Map<string, string> {
  const byInode = new Map<string, string[]>();
  for (const node of tree.values())
    if (node.type === 'file' && node.inode !== undefined)
      byInode.set(node.inode, [...(byInode.get(node.inode) ?? []), node.path]);
  const groups = new Map<string, string>();
  for (const paths of byInode.values())
    if (paths.length > 1) for (const path of paths) groups.set(path, paths.toSorted().join('\0'));
  return groups;
}
