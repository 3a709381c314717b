import type { ApkoPackage } from './apko-package.ts';

/** Packages that share a layer. */
export type LayerGroup = readonly ApkoPackage[];

interface Group {
  readonly packages: readonly ApkoPackage[];
  readonly sizeBytes: number;
  /** The greatest name, which decides between groups of one size. */
  readonly tiebreaker: string;
}

/**
 * apko's strategy `origin`: packages of one source package share a group, groups of which one replaces the other are
 * joined, the largest `budget - 1` stay alone and the rest share one. Largest first; within a group by name.
 *
 * @param satisfies whether a package of that version fulfils `NAME[OPERATOR VERSION]` of `replaces`
 */
export function groupByOrigin(
  packages: readonly ApkoPackage[],
  budget: number,
  satisfies: (replaces: string, pkg: ApkoPackage) => boolean,
): readonly LayerGroup[] {
  const leader = new Map(packages.map(({ origin }) => [origin, origin]));
  const find = (origin: string): string => {
    let at = origin;
    for (let next = leader.get(at) ?? at; next !== at; next = leader.get(at) ?? at) at = next;
    return at;
  };
  for (const pkg of packages) {
    for (const other of packages) {
      if (pkg.replaces.some((text) => satisfies(text, other))) leader.set(find(other.origin), find(pkg.origin));
    }
  }
  const byLeader = new Map<string, ApkoPackage[]>();
  for (const pkg of packages) {
    const group = byLeader.get(find(pkg.origin));
    if (group === undefined) byLeader.set(find(pkg.origin), [pkg]);
    else group.push(pkg);
  }
  const groups = [...byLeader.values()].map(groupOf).sort(bySize);
  const kept = groups.length > budget ? groups.slice(0, Math.max(budget - 1, 0)) : groups;
  const rest = groups.slice(kept.length);
  const all = rest.length > 0 ? [...kept, groupOf(rest.flatMap((group) => group.packages))] : kept;
  return all.map((group) => group.packages.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
}

function groupOf(packages: readonly ApkoPackage[]): Group {
  return {
    packages,
    sizeBytes: packages.reduce((sum, { installedSizeBytes }) => sum + installedSizeBytes, 0),
    tiebreaker: packages.reduce((last, { name }) => (name > last ? name : last), ''),
  };
}

function bySize(a: Group, b: Group): number {
  return b.sizeBytes - a.sizeBytes || (a.tiebreaker < b.tiebreaker ? -1 : 1);
}
