import type { Node, Tree } from '../../tree/node.ts';
import { parentOf } from '../../tree/paths.ts';
import { sortedNodes } from '../../tree/sort.ts';
import type { BlobStore } from '../../values/blob.ts';
import type { LayerGroup } from './layering.ts';

const databasePath = 'usr/lib/apk/db/installed';

/**
 * The nodes of each layer, packages first and the top layer last. Files of a package are in its group's layer,
 * everything else in the top layer. Folders are repeated in a layer in front of its files with the time of that file,
 * because the top layer brings their own; every layer has the part of the database that describes its packages.
 *
 * Which folders: those between the root and the last folder that the walk came upon, as apko has it (`pkg/build/layers.go`).
 * For a file behind the folders beside it these are not only the ones above it: layers would have other digests than apko's.
 */
export async function splitLayers(
  tree: Tree,
  groups: readonly LayerGroup[],
  records: ReadonlyMap<string, string>,
  blobs: BlobStore,
): Promise<readonly (readonly Node[])[]> {
  const top = groups.length;
  const layerOf = new Map(groups.flatMap((group, i) => group.map(({ name }) => [name, i] as const)));
  const layers: Layer[] = Array.from({ length: top + 1 }, () => ({ nodes: [], folders: [] }));
  const folders: Node[] = [];
  for (const node of sortedNodes(tree)) {
    if (node.path === '') continue;
    if (node.type === 'directory') {
      while (folders.length > 0 && folders.at(-1)?.path !== parentOf(node.path)) folders.pop();
      folders.push(node);
    }
    const index =
      node.type !== 'directory' && node.origin.kind === 'package' ? (layerOf.get(node.origin.name) ?? top) : top;
    add(index, node);
    if (node.path !== databasePath || node.type !== 'file') continue;
    for (const [i, group] of groups.entries()) {
      const content = await blobs.put(Buffer.from(group.map(({ name }) => records.get(name) ?? '').join('')));
      add(i, { ...node, content });
    }
  }
  return layers.map(({ nodes }) => nodes);

  function add(index: number, node: Node): void {
    const layer = layers[index];
    if (layer === undefined) return;
    for (const folder of missingFolders(layer, folders))
      if (folder !== node) layer.nodes.push({ ...folder, mtimeSeconds: node.mtimeSeconds });
    layer.nodes.push(node);
  }
}

interface Layer {
  readonly nodes: Node[];
  /** The folders that were written last, from the root down. */
  folders: readonly Node[];
}

/** What a layer lacks of a chain of folders; it then has them. */
function missingFolders(layer: Layer, folders: readonly Node[]): readonly Node[] {
  const differs = folders.findIndex((folder, at) => layer.folders[at] !== folder);
  layer.folders = [...folders];
  return differs === -1 ? [] : folders.slice(differs);
}
