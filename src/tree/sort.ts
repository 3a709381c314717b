import { compareTreePaths } from '../codec/path-text.ts';
import type { Node, Tree } from './node.ts';

/** Nodes in the one order of archives: a folder, directly after it what is in it, names bytewise. */
export function sortedNodes(tree: Tree): Node[] {
  return [...tree.values()].toSorted((a, b) => compareTreePaths(a.path, b.path));
}

/** A tree of nodes whose parents are among them; later nodes win. */
export function treeOf(nodes: Iterable<Node>): Tree {
  const tree = new Map<string, Node>();
  for (const node of nodes) tree.set(node.path, node);
  return tree;
}
