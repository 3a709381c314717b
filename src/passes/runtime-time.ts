import type { Tree } from '../tree/node.ts';

/**
 * Modification time for nodes that a pass makes: the newest of what packages and images brought. An edit of the
 * application does not change it, so the runtime layer keeps its digest.
 */
export function runtimeTime(tree: Tree): number {
  let newest = 0;
  for (const node of tree.values())
    if (node.origin.kind === 'package' || node.origin.kind === 'image') newest = Math.max(newest, node.mtimeSeconds);
  return newest;
}
