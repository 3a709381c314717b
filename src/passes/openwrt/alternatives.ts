import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Node, Tree } from '../../tree/node.ts';
import { overlay } from '../../tree/overlay.ts';
import { resolvePath } from '../../tree/paths.ts';
import type { PassResult } from '../pass-result.ts';
import { parseAlternatives, type Alternative, type InstalledPackage } from './installed-package.ts';

export interface AlternativesReport {
  readonly links: readonly { readonly path: string; readonly target: string; readonly package: string }[];
  /** Where something that is no link stands already: it stays. */
  readonly occupied: readonly string[];
  /** Of apk: paths that two packages want with one priority, which is the highest. Nobody gets them. */
  readonly tied: readonly string[];
}

/**
 * The links of `Alternatives`: for each path the target of the highest priority. Of equal ones opkg takes the first (a
 * genuine opkg of 19.07 does, in the order of its table), and with apk update_alternatives of functions.sh none: a package
 * gets the link when its priority is above 0 and above that of every other target.
 *
 * @throws KilopyError KP5110 when links lead in a circle
 */
export function linkAlternatives(
  tree: Tree,
  packages: readonly InstalledPackage[],
  mtimeSeconds: number,
  manager: 'opkg' | 'apk',
): PassResult<AlternativesReport> {
  const best = new Map<string, NamedLink>();
  const ties = new Map<string, number>();
  for (const { name, payload } of packages) {
    for (const one of parseAlternatives(payload.control.get('alternatives') ?? '')) {
      if (manager === 'apk' && one.priority <= 0) continue;
      const other = best.get(one.path);
      if (other === undefined || other.priority < one.priority) best.set(one.path, { ...one, package: name });
      else if (other.priority === one.priority && other.target !== one.target) ties.set(one.path, one.priority);
    }
  }
  const tied = manager === 'apk' ? [...ties].filter(([path, at]) => best.get(path)?.priority === at) : [];
  for (const [path] of tied) best.delete(path);
  const nodes: Node[] = [];
  const occupied: string[] = [];
  const links = [...best.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  for (const { path, target } of links) {
    const place = resolvePath(tree, path, { followLast: false });
    if (place.node !== undefined && place.node.type !== 'symlink') {
      occupied.push(path);
      continue;
    }
    const common = {
      mode: 0o777,
      uid: 0,
      gid: 0,
      mtimeSeconds,
      origin: { kind: 'pass', pass: 'alternatives' },
    } as const;
    nodes.push({ ...common, type: 'symlink', path: place.path, target });
  }
  const linked = overlayLinks(tree, nodes, links);
  for (const link of links) refuseCircle(linked, link);
  return { tree: linked, report: { links, occupied, tied: tied.map(([path]) => path).toSorted() } };
}

type NamedLink = Alternative & { readonly package: string };

/** A link may be the folder of another one, which then leads nowhere. */
function overlayLinks(tree: Tree, nodes: readonly Node[], links: readonly NamedLink[]): Tree {
  try {
    return overlay(tree, nodes).tree;
  } catch (error) {
    if (!isCircle(error)) throw error;
    const guilty = links.find(({ path }) => `/${path.replace(/^\/+/u, '')}` === error.where);
    throw guilty === undefined ? error : circle(guilty, error);
  }
}

function refuseCircle(tree: Tree, link: NamedLink): void {
  try {
    resolvePath(tree, link.path);
  } catch (error) {
    throw isCircle(error) ? circle(link, error) : error;
  }
}

function isCircle(error: unknown): error is KilopyError {
  return error instanceof KilopyError && error.code === 'KP7002';
}

function circle(link: NamedLink, cause: KilopyError): KilopyError {
  return new KilopyError('KP5110', `the alternatives of ${link.path} lead in a circle`, {
    where: link.package,
    why: `${link.package} says ${link.path} -> ${link.target}, and that leads back to it.`,
    cause,
  });
}
