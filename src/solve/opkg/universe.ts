import type { OpkgPackage } from './opkg-package.ts';

/** A name: the packages that have it, and the names whose packages provide it. */
export interface OpkgName {
  readonly name: string;
  readonly packages: readonly OpkgPackage[];
  /** In the order in which the indexes tell it; itself among them when it has packages. As opkg loads it, a name may be there twice. */
  readonly providedBy: readonly OpkgName[];
  /** Packages that both replace and conflict with it. */
  readonly replacedBy: readonly OpkgName[];
  /** As opkg loads it: it has a list of packages, even if an empty one. */
  readonly hasList?: boolean;
  /** As opkg loads it: names whose packages depend on it, as often as it has read them. */
  readonly dependers?: readonly OpkgName[];
}

/** All packages that can be installed. */
export interface OpkgUniverse {
  named(name: string): OpkgName | undefined;
  readonly names: Iterable<OpkgName>;
  /** The packages of all indexes, as they stand there. */
  readonly indexed: readonly OpkgPackage[];
  /** Packages that are given as files, in the order in which they are installed before anything else. */
  readonly byHand: readonly OpkgPackage[];
  /** Higher is better; 0 for an architecture that cannot be installed. */
  priority(architecture: string): number;
  /** The same with more packages, which count as those of a last index. */
  with(packages: readonly OpkgPackage[]): OpkgUniverse;
}

interface GrowingName extends OpkgName {
  readonly packages: OpkgPackage[];
  readonly providedBy: GrowingName[];
  readonly replacedBy: GrowingName[];
}

/** ImageBuilder's `--add-arch all:100 --add-arch ARCH:200`. */
export function opkgPriorities(architecture: string): ReadonlyMap<string, number> {
  return new Map([
    ['all', 100],
    [architecture, 200],
  ]);
}

/**
 * Packages of all indexes, in their order. Where two are equal in name, version and architecture, the later one counts, as
 * in opkg; a file counts more than an index.
 */
export function opkgUniverse(
  packages: readonly OpkgPackage[],
  byHand: readonly OpkgPackage[],
  priorities: ReadonlyMap<string, number>,
): OpkgUniverse {
  const names = new Map<string, GrowingName>();
  const ensure = (name: string): GrowingName => {
    const known = names.get(name);
    if (known !== undefined) return known;
    const made = { name, packages: [], providedBy: [], replacedBy: [] };
    names.set(name, made);
    return made;
  };
  const add = (pkg: OpkgPackage): void => {
    if ((priorities.get(pkg.architecture) ?? 0) === 0) return;
    const own = ensure(pkg.name);
    const twin = own.packages.findIndex((one) => one.version === pkg.version && one.architecture === pkg.architecture);
    if (twin === -1) own.packages.push(pkg);
    else if (own.packages[twin]?.isByHand !== true) own.packages[twin] = pkg;
    for (const provided of [pkg.name, ...pkg.provides]) {
      const name = ensure(provided);
      if (!name.providedBy.includes(own)) name.providedBy.push(own);
    }
    for (const { alternatives } of [...pkg.depends, ...pkg.conflicts]) for (const one of alternatives) ensure(one.name);
    for (const replaced of pkg.replaces) {
      const name = ensure(replaced);
      const conflicts = pkg.conflicts.some(({ alternatives }) => alternatives.some((one) => one.name === replaced));
      if (conflicts && !name.replacedBy.includes(own)) name.replacedBy.push(own);
    }
  };
  for (const pkg of byHand) add(pkg);
  for (const pkg of packages) add(pkg);
  return {
    named: (name) => names.get(name),
    // Not the iterator of the map itself, which can be read only once.
    names: { [Symbol.iterator]: () => names.values() },
    indexed: packages,
    byHand,
    priority: (architecture) => priorities.get(architecture) ?? 0,
    with: (more) => opkgUniverse([...packages, ...more], byHand, priorities),
  };
}
