import { KilopyError } from '../errors/kilopy-error.ts';
import type { Node, SymlinkNode, Tree } from './node.ts';

/** The kernel’s limit (path_resolution(7)). */
const maxLinks = 40;

export interface Resolved {
  /** Where the path leads, without any link in it. */
  readonly path: string;
  /** Undefined when nothing stands there. */
  readonly node: Node | undefined;
  /** Every link that was followed, in order. */
  readonly links: readonly SymlinkNode[];
  /** The link that climbed above the root with `..`, if one did. It was held at the root, as the kernel does. */
  readonly escape: SymlinkNode | undefined;
}

/**
 * Where a path leads when its links are followed as in a chroot: absolute targets start at the tree’s root. The path
 * may start with a slash and may hold `..`. With `followLast: false` a link at the very end stays (lstat).
 * Parts that do not exist are kept as they are. Throws KP7002 after 40 links.
 */
export function resolvePath(tree: Tree, path: string, options: { readonly followLast?: boolean } = {}): Resolved {
  const followLast = options.followLast ?? true;
  const pending = components(path).toReversed();
  const links: SymlinkNode[] = [];
  let current = '';
  let escape: SymlinkNode | undefined;
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    if (part === '..') {
      if (current === '') escape ??= links.at(-1);
      current = parentOf(current);
      continue;
    }
    const next = joinPath(current, part);
    const node = tree.get(next);
    if (node?.type !== 'symlink' || (pending.length === 0 && !followLast)) {
      current = next;
      continue;
    }
    links.push(node);
    if (links.length > maxLinks) throw tooManyLinks(path, node);
    if (node.target.startsWith('/')) current = '';
    pending.push(...components(node.target).toReversed());
  }
  return { path: current, node: tree.get(current), links, escape };
}

/** Parent of a path; the root’s parent is the root. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

/** Last component. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Parents from the root ('') down to the nearest one. The root itself has none. */
export function* parentsOf(path: string): Generator<string> {
  if (path === '') return;
  yield '';
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) yield path.slice(0, slash);
}

export function joinPath(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** True when `path` is `folder` or lies below it. */
export function isWithin(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}

function components(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

function tooManyLinks(path: string, link: SymlinkNode): KilopyError {
  return new KilopyError('KP7002', `the links of /${path.replace(/^\/+/, '')} lead in a circle`, {
    where: `/${link.path}`,
    why: `/${link.path} -> ${link.target} was the link number ${maxLinks + 1}`,
    data: { path, link: link.path, target: link.target },
  });
}
