import type { Node, Tree } from '../../src/tree/node.ts';
import { treeOf } from '../../src/tree/sort.ts';
import type { MemoryBlobs } from './memory-blobs.ts';
import type { RandomNode } from './random-tree.ts';

/** Nodes with their contents in a store. */
export function treeWithBlobs(nodes: readonly RandomNode[], blobs: MemoryBlobs): Tree {
  return treeOf(
    nodes.map((node): Node => {
      if (node.type !== 'file') return node;
      const { bytes, ...rest } = node;
      return { ...rest, content: blobs.add(bytes) };
    }),
  );
}
