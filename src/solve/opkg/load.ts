import type { OpkgPackage } from './opkg-package.ts';
import type { OpkgName, OpkgUniverse } from './universe.ts';

interface LoadingName extends OpkgName {
  readonly packages: OpkgPackage[];
  readonly providedBy: LoadingName[];
  readonly replacedBy: LoadingName[];
  isWanted: boolean;
  isCounted: boolean;
}

/**
 * The packages as one run of the real opkg has them in memory. It reads the indexes again and again, each time keeping what
 * has turned out to be of interest before the line with the name was reached. The order of versions and providers that
 * comes of it decides what it looks at first, and so what it believes to be missing (pkg_hash_load_package_details).
 *
 * @param words names on the command line
 * @param byHand the package of a file on the command line, in the run that installs it
 * @param installed what stands in the status file
 */
export function loadAsOpkg(
  universe: OpkgUniverse,
  words: readonly string[],
  byHand: OpkgPackage | undefined,
  installed: readonly OpkgPackage[],
): OpkgUniverse {
  const names = new Map<string, LoadingName>();
  const ensure = (name: string): LoadingName => {
    const known = names.get(name);
    if (known !== undefined) return known;
    const made = { name, packages: [], providedBy: [], replacedBy: [], isWanted: false, isCounted: false };
    names.set(name, made);
    return made;
  };
  const wantRelated = (pkg: OpkgPackage): void => {
    for (const { alternatives } of [...pkg.depends, ...pkg.conflicts]) {
      for (const { name } of alternatives) ensure(name).isWanted = true;
    }
  };
  const insert = (pkg: OpkgPackage): void => {
    const own = ensure(pkg.name);
    addOnce(own.providedBy, own);
    wantRelated(pkg);
    const twin = own.packages.findIndex((one) => one.version === pkg.version && one.architecture === pkg.architecture);
    if (twin === -1) own.packages.push(pkg);
    else own.packages[twin] = pkg;
  };
  /** Everything that reading a paragraph does, whether or not its package is kept. */
  const read = (pkg: OpkgPackage): void => {
    const own = ensure(pkg.name);
    for (const { alternatives } of [...pkg.depends, ...pkg.conflicts]) for (const one of alternatives) ensure(one.name);
    if (pkg.provides.length > 0) {
      addOnce(own.providedBy, own);
      wantRelated(pkg);
    }
    for (const provided of pkg.provides.map(ensure)) {
      if (provided.isWanted) own.isWanted = true;
      addOnce(provided.providedBy, own);
    }
    for (const replaced of pkg.replaces.map(ensure)) {
      const conflicts = pkg.conflicts.some(({ alternatives }) =>
        alternatives.some((one) => one.name === replaced.name),
      );
      if (conflicts) addOnce(replaced.replacedBy, own);
    }
  };

  if (byHand !== undefined) {
    read(byHand);
    insert(byHand);
  }
  for (const word of words) ensure(word).isWanted = true;
  for (let isNew = true; isNew;) {
    for (const pkg of universe.indexed) {
      const isWanted = names.get(pkg.name)?.isWanted === true;
      read(pkg);
      if (isWanted && universe.priority(pkg.architecture) > 0) insert(pkg);
    }
    isNew = false;
    for (const name of names.values()) {
      if (!name.isWanted || name.isCounted) continue;
      name.isCounted = true;
      isNew = true;
    }
  }
  for (const pkg of installed) {
    read(pkg);
    insert(pkg);
  }
  return { ...universe, named: (name) => names.get(name), names: names.values() };
}

function addOnce<T>(list: T[], item: T): void {
  if (!list.includes(item)) list.push(item);
}
