import { KilopyError } from '../errors/kilopy-error.ts';
import { readTarStream, type TarStreamEntry } from '../codec/tar/read-tar-stream.ts';
import type { TarHeader, TarLimits } from '../codec/tar/tar-header.ts';
import type { FileNode, Node, Tree } from '../tree/node.ts';
import { baseName, isWithin, joinPath, parentOf, parentsOf, resolvePath } from '../tree/paths.ts';
import { safePath } from '../tree/safe-path.ts';
import type { Origin } from '../values/origin.ts';
import type { ContentSink } from './content-sink.ts';

export interface LayerSettings {
  readonly blobs: ContentSink;
  readonly origin: Origin & { readonly kind: 'image' };
  readonly limits?: TarLimits;
}

interface LayerState {
  readonly settings: LayerSettings;
  readonly tree: Map<string, Node>;
  /** Paths that this layer itself brought: its whiteouts do not hide them. */
  readonly own: Set<string>;
}

/** image-spec, layer.md, "Whiteouts". Other names with this start are notes of aufs. */
const whiteout = { prefix: '.wh.', notes: '.wh..wh.', opaque: '.wh..wh..opq' } as const;

/**
 * The tree with one more layer of an image on it: a tar, uncompressed, read as a stream; contents go into `blobs`.
 * Later entries win. Whiteouts hide what lower layers brought, wherever in the layer they stand. Parents are followed
 * through links inside the root, as container engines do. Throws KP4001 to KP4003, KP7001, KP7002, KP7403.
 */
export async function applyLayer(
  tree: Tree,
  chunks: AsyncIterable<Uint8Array>,
  settings: LayerSettings,
): Promise<Tree> {
  const state: LayerState = { settings, tree: new Map(tree), own: new Set() };
  const source = `layer ${settings.origin.layer}`;
  const options = settings.limits === undefined ? { source } : { source, limits: settings.limits };
  for await (const entry of readTarStream(chunks, options)) await applyEntry(state, entry, source);
  return state.tree;
}

async function applyEntry(state: LayerState, entry: TarStreamEntry, source: string): Promise<void> {
  const path = placed(state.tree, safePath(entry.header.path, source));
  const name = baseName(path);
  if (name === whiteout.opaque) hideBelow(state, parentOf(path));
  else if (name.startsWith(whiteout.notes)) return;
  else if (name.startsWith(whiteout.prefix)) hide(state, joinPath(parentOf(path), name.slice(whiteout.prefix.length)));
  else if (entry.header.type === 'hardlink') addHardLink(state, path, entry.header, source);
  else add(state, await nodeOf(state.settings, path, entry));
}

/** The path with its parents’ links followed; a link that climbs above the root is held there. */
function placed(tree: Tree, path: string): string {
  const parent = parentOf(path);
  if (path === '' || tree.get(parent)?.type === 'directory') return path;
  return joinPath(resolvePath(tree, parent).path, baseName(path));
}

async function nodeOf(settings: LayerSettings, path: string, { header, body }: TarStreamEntry): Promise<Node> {
  const { mode, uid, gid, mtimeSeconds } = header;
  const xattrs = header.xattrs.size === 0 ? {} : { xattrs: header.xattrs };
  const common = { path, mode, uid, gid, mtimeSeconds, ...xattrs, origin: settings.origin };
  switch (header.type) {
    case 'directory':
      return { ...common, type: 'directory' };
    case 'symlink':
      return { ...common, type: 'symlink', target: header.linkTarget };
    case 'char':
    case 'block':
    case 'fifo':
      return { ...common, type: 'device', device: header.type, major: header.major, minor: header.minor };
    case 'file':
    case 'hardlink':
    default:
      return { ...common, type: 'file', content: await settings.blobs.putStream(body, path, settings.origin.layer) };
  }
}

function add(state: LayerState, node: Node): void {
  const existing = state.tree.get(node.path);
  if (existing?.type === 'directory' && node.type !== 'directory') remove(state, node.path);
  for (const path of parentsOf(node.path)) {
    const parent = state.tree.get(path);
    if (parent !== undefined && parent.type !== 'directory') throw misfit(state, node.path, `/${path} is no folder`);
    const { mtimeSeconds, origin } = node;
    if (parent === undefined)
      state.tree.set(path, { type: 'directory', path, mode: 0o755, uid: 0, gid: 0, mtimeSeconds, origin });
    state.own.add(path);
  }
  state.tree.set(node.path, node);
  state.own.add(node.path);
}

/** Both names become one inode, with the content and attributes of the first. */
function addHardLink(state: LayerState, path: string, header: TarHeader, source: string): void {
  const target = placed(state.tree, safePath(header.linkTarget, source));
  const first = state.tree.get(target);
  if (first?.type === 'symlink') {
    add(state, { ...first, path, origin: state.settings.origin });
    return;
  }
  if (first?.type !== 'file') throw misfit(state, path, `it is a hard link to /${target}, which is no file here`);
  const inode = first.inode ?? `${state.settings.origin.layer}:${target}`;
  const shared: FileNode = { ...first, inode };
  state.tree.set(target, shared);
  if (path !== target) add(state, { ...shared, path, origin: state.settings.origin });
}

/** Takes what lower layers brought at a path and below it. */
function hide(state: LayerState, path: string): void {
  if (!state.own.has(path)) remove(state, path);
  else hideBelow(state, path);
}

function hideBelow(state: LayerState, folder: string): void {
  for (const path of state.tree.keys())
    if (path !== folder && isWithin(path, folder) && !state.own.has(path)) state.tree.delete(path);
}

function remove(state: LayerState, folder: string): void {
  for (const path of state.tree.keys()) if (path !== '' && isWithin(path, folder)) state.tree.delete(path);
}

function misfit(state: LayerState, path: string, why: string): KilopyError {
  const { origin } = state.settings;
  return new KilopyError('KP7403', `/${path} cannot be applied`, {
    where: `${origin.reference}, layer ${origin.layer}`,
    why,
    data: { path, layer: origin.layer },
  });
}
