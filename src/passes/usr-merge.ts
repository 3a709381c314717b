import type { SymlinkNode, Tree } from '../tree/node.ts';
import { overlay } from '../tree/overlay.ts';
import type { PassResult } from './pass-result.ts';
import { runtimeTime } from './runtime-time.ts';

/**
 * `debian`: every package lies below /usr and the links belong to base-files. `when-merged`: only where no package lays
 * anything into one of these folders of the root, which is how a distribution with a merged /usr looks.
 */
export type UsrMergeSettings =
  | { readonly kind: 'debian'; readonly architecture: string }
  | { readonly kind: 'when-merged' };

export interface UsrMergeReport {
  /** The links that were added: `lib`, `lib64`, ... */
  readonly links: readonly string[];
}

/** Links in the root that base-files 13 (trixie) ships on every architecture. */
const everywhere = ['bin', 'lib', 'sbin'];

/** Architectures whose base-files also has `lib64 -> usr/lib64`: those whose ABI puts the loader there. */
const withLib64: ReadonlySet<string> = new Set(['amd64', 'ppc64el']);

/**
 * The links of a merged /usr: `lib -> usr/lib` and so on. Debian’s packages bring only `/usr/lib`, programs ask for
 * `/lib64/ld-linux-x86-64.so.2`, and the links between the two belong to base-files, which nothing depends on.
 *
 * A link is made when the folder that it points at is in the tree. A real `/lib` of an older package is moved below
 * /usr. `architecture` is Debian’s name. Pure.
 */
export function usrMerge(tree: Tree, settings: UsrMergeSettings): PassResult<UsrMergeReport> {
  const withThird = settings.kind === 'when-merged' || withLib64.has(settings.architecture);
  const names = withThird ? [...everywhere, 'lib64'] : everywhere;
  if (settings.kind === 'when-merged' && names.some((name) => tree.get(name)?.type === 'directory'))
    return { tree, report: { links: [] } };
  const mtimeSeconds = runtimeTime(tree);
  const wanted = names.filter((name) => {
    const existing = tree.get(name);
    return existing === undefined ? tree.has(`usr/${name}`) : existing.type === 'directory';
  });
  const links = wanted.toSorted().map((name): SymlinkNode => aliasOf(name, mtimeSeconds));
  return { tree: overlay(tree, links).tree, report: { links: links.map((link) => link.path) } };
}

function aliasOf(name: string, mtimeSeconds: number): SymlinkNode {
  const origin = { kind: 'pass', pass: 'usr-merge' } as const;
  return { type: 'symlink', path: name, target: `usr/${name}`, mode: 0o777, uid: 0, gid: 0, mtimeSeconds, origin };
}
