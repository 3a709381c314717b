import type { Node, Tree } from '../../tree/node.ts';
import { parentsOf } from '../../tree/paths.ts';
import type { BlobStore } from '../../values/blob.ts';
import type { LayerGroup } from './layering.ts';
import { walkOrder } from './root-files.ts';

const databasePath = 'usr/lib/apk/db/installed';

/**
 * The nodes of each layer, packages first and the top layer last. Files of a package are in its group's layer,
 * everything else in the top layer. Folders above a file are repeated in its layer with the time of that file, because
 * the top layer brings their own; every layer has the part of the database that describes its packages.
 */
export async function splitLayers(
  tree: Tree,
  groups: readonly LayerGroup[],
  records: ReadonlyMap<string, string>,
  blobs: BlobStore,
): Promise<readonly (readonly Node[])[]> {
  const top = groups.length;
  const layerOf = new Map(groups.flatMap((group, i) => group.map(({ name }) => [name, i] as const)));
  const layers: Node[][] = Array.from({ length: top + 1 }, () => []);
  const written: Set<string>[] = layers.map(() => new Set());
  for (const node of walkOrder(tree)) {
    if (node.path === '') continue;
    const index =
      node.type !== 'directory' && node.origin.kind === 'package' ? (layerOf.get(node.origin.name) ?? top) : top;
    add(index, node);
    if (node.path !== databasePath || node.type !== 'file') continue;
    for (const [i, group] of groups.entries()) {
      const content = await blobs.put(Buffer.from(group.map(({ name }) => records.get(name) ?? '').join('')));
      add(i, { ...node, content });
    }
  }
  return layers;

  function add(index: number, node: Node): void {
    const layer = layers[index];
    const known = written[index];
    if (layer === undefined || known === undefined || known.has(node.path)) return;
    for (const parent of parentsOf(node.path)) {
      const folder = tree.get(parent);
      if (parent === '' || folder === undefined || known.has(parent)) continue;
      known.add(parent);
      layer.push({ ...folder, mtimeSeconds: node.mtimeSeconds });
    }
    known.add(node.path);
    layer.push(node);
  }
}
