import type { Node, Tree } from '../tree/node.ts';
import { joinPath, baseName, parentOf } from '../tree/paths.ts';
import { sortedNodes } from '../tree/sort.ts';
import { splitLayers, type LayerPart } from './layers.ts';

/**
 * The layers that make `tree` of an image that is there already: what differs, and whiteouts for what is gone
 * (image-spec, layer.md). What packages brought is one layer and the application another, so that an edit ships kilobytes;
 * without packages everything is in one. Times alone are no difference: a pass clamps those of the image, too.
 */
export function layersAbove(tree: Tree, below: Tree): readonly LayerPart[] {
  const changed = new Map<string, Node>();
  for (const node of sortedNodes(tree)) {
    const old = below.get(node.path);
    if (old === undefined || !isSame(old, node)) changed.set(node.path, node);
  }
  for (const node of whiteouts(tree, below)) changed.set(node.path, node);
  const parts = splitLayers(changed);
  const brings = [...changed.values()].some(({ origin }) => origin.kind === 'package');
  const [only] = parts;
  return brings || only === undefined || parts.length === 1 ? parts : [{ origin: 'app', nodes: changed }];
}

/** Topmost paths that are gone. Below a file that took the place of a folder nothing has to be said. */
function* whiteouts(tree: Tree, below: Tree): Generator<Node> {
  for (const { path, mtimeSeconds, origin } of sortedNodes(below)) {
    if (path === '' || tree.has(path) || tree.get(parentOf(path))?.type !== 'directory') continue;
    yield {
      type: 'file',
      path: joinPath(parentOf(path), `.wh.${baseName(path)}`),
      mode: 0o644,
      uid: 0,
      gid: 0,
      mtimeSeconds,
      origin,
      content: empty,
    };
  }
}

/** SHA-256 of no bytes. */
const empty = {
  digest: 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  sizeBytes: 0,
} as const;

function isSame(a: Node, b: Node): boolean {
  if (a.mode !== b.mode || a.uid !== b.uid || a.gid !== b.gid || !sameXattrs(a.xattrs, b.xattrs)) return false;
  if (a.type === 'file') return b.type === 'file' && a.content.digest === b.content.digest;
  if (a.type === 'symlink') return b.type === 'symlink' && a.target === b.target;
  if (a.type === 'device')
    return b.type === 'device' && a.device === b.device && a.major === b.major && a.minor === b.minor;
  return b.type === 'directory';
}

/** Attributes of the machine where a file was packed are taken away by a pass, and are no reason to send it again. */
function sameXattrs(a: Node['xattrs'], b: Node['xattrs']): boolean {
  for (const [name, value] of b ?? []) {
    const old = a?.get(name);
    if (old === undefined || Buffer.compare(old, value) !== 0) return false;
  }
  return true;
}
