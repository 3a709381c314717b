import { fileAndFolder, notAFolder, throughEscape, throughOwnLink } from './conflict.ts';
import type { DirectoryNode, Node, SymlinkNode, Tree } from './node.ts';
import { originKey } from './origin-text.ts';
import { isPrivileged, refuseUnfit, settle, type OverlayRules, type Replacement } from './overlay-rules.ts';
import { baseName, isWithin, joinPath, parentOf, parentsOf, resolvePath } from './paths.ts';

export interface OverlayResult {
  readonly tree: Tree;
  /** In the order in which it happened. */
  readonly replaced: readonly Replacement[];
}

interface OverlayState {
  readonly tree: Map<string, Node>;
  readonly rules: OverlayRules;
  readonly replaced: Replacement[];
  /** Folders that exist only because something stands in them: the first real entry gives them their attributes. */
  readonly implied: Set<string>;
}

/**
 * Lays nodes over a tree, in order. The base stays as it is; the result shares its nodes.
 *
 * - Missing parents are made: 0755, root, with the origin and time of the node that needs them.
 * - A path is placed where the links of the tree lead (`lib/x` under `lib -> usr/lib` becomes `usr/lib/x`), as dpkg does.
 * - A folder over a folder merges. Attributes: the first stays (dpkg), except that `files:` and passes win.
 * - Equal files, links and devices are shared; the first keeps the origin.
 * - `files:` and passes replace files. Packages do where `rules.replaces` says so. Anything else is KP7003.
 * - A link `lib -> usr/lib` over a folder `lib` moves the folder’s content (usr-merge); any other link of a package over
 *   a folder is dropped, the folder stays, as dpkg does.
 *
 * Nodes come with paths that `safePath` has seen. Throws KP7002 to KP7007.
 */
export function overlay(base: Tree, nodes: Iterable<Node>, rules: OverlayRules = {}): OverlayResult {
  const state: OverlayState = { tree: new Map(base), rules, replaced: [], implied: new Set() };
  for (const node of nodes) {
    refuseUnfit(node, rules);
    addNode(state, place(state, node));
  }
  return { tree: state.tree, replaced: state.replaced };
}

function addNode(state: OverlayState, node: Node): void {
  const existing = state.tree.get(node.path);
  if (existing === undefined) {
    addParents(state, node);
    state.tree.set(node.path, node);
  } else if (existing.type === 'directory' && node.type === 'directory') mergeDirectories(state, existing, node);
  else if (existing.type === 'directory' && node.type === 'symlink') linkOverDirectory(state, existing, node);
  else {
    const settlement = settle(existing, node, state.rules);
    if (settlement.record !== undefined) state.replaced.push(settlement.record);
    if (settlement.keep === 'node') state.tree.set(node.path, node);
  }
}

/** The node at the path that its parent really has; a folder also follows a link at its own path. */
function place(state: OverlayState, node: Node): Node {
  if (node.path === '') return node;
  const parent = parentOf(node.path);
  const isThroughLink = node.type === 'directory' && state.tree.get(node.path)?.type === 'symlink';
  if (!isThroughLink && state.tree.get(parent)?.type === 'directory') return node;
  const resolved = resolvePath(state.tree, isThroughLink ? node.path : parent);
  if (resolved.links.length === 0) return node;
  checkLinks(node, resolved.links, resolved.escape);
  return { ...node, path: isThroughLink ? resolved.path : joinPath(resolved.path, baseName(node.path)) };
}

/** A link is no way out of the image, and an archive may not write through a link that it brought itself. */
function checkLinks(node: Node, links: readonly SymlinkNode[], escape: SymlinkNode | undefined): void {
  if (escape !== undefined) throw throughEscape(node, escape);
  if (isPrivileged(node.origin)) return;
  // A real folder has nothing below a link, so only a made-up archive goes through its own.
  const own = links.find((link) => originKey(link.origin) === originKey(node.origin));
  if (own !== undefined) throw throughOwnLink(node, own);
}

function addParents(state: OverlayState, node: Node): void {
  const { mtimeSeconds, origin } = node;
  for (const path of parentsOf(node.path)) {
    const existing = state.tree.get(path);
    if (existing?.type === 'directory') continue;
    if (existing !== undefined) throw notAFolder(existing, node);
    state.tree.set(path, { type: 'directory', path, mode: 0o755, uid: 0, gid: 0, mtimeSeconds, origin });
    state.implied.add(path);
  }
}

function mergeDirectories(state: OverlayState, existing: DirectoryNode, node: DirectoryNode): void {
  if (!isPrivileged(node.origin) && !state.implied.has(existing.path)) return;
  state.implied.delete(existing.path);
  state.tree.set(node.path, node);
}

function linkOverDirectory(state: OverlayState, existing: DirectoryNode, link: SymlinkNode): void {
  if (isUsrMerge(link)) moveThrough(state, link);
  else if (link.origin.kind !== 'package') throw fileAndFolder(existing, link);
  else state.replaced.push({ path: link.path, winner: existing.origin, loser: link.origin, why: 'folder-stays' });
}

/** `lib -> usr/lib` and its like: a link in the root to the same name below usr. */
function isUsrMerge(link: SymlinkNode): boolean {
  return !link.path.includes('/') && link.target.replace(/^\//, '') === `usr/${link.path}`;
}

function moveThrough(state: OverlayState, link: SymlinkNode): void {
  const moved = [...state.tree.values()].filter((node) => isWithin(node.path, link.path));
  for (const node of moved) state.tree.delete(node.path);
  state.tree.set(link.path, link);
  for (const node of moved) addNode(state, { ...node, path: `usr/${node.path}` });
}
