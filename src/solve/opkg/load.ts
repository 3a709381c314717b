import type { VersionRules } from '../problem.ts';
import type { OpkgDependency, OpkgPackage } from './opkg-package.ts';
import type { OpkgName, OpkgUniverse } from './universe.ts';

interface LoadingName extends OpkgName {
  readonly packages: OpkgPackage[];
  readonly providedBy: LoadingName[];
  readonly replacedBy: LoadingName[];
  readonly dependers: LoadingName[];
  hasList: boolean;
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
  rules: VersionRules,
  words: readonly string[],
  byHand: OpkgPackage | undefined,
  installed: readonly OpkgPackage[],
): OpkgUniverse {
  const names = new Map<string, LoadingName>();
  const ensure = (name: string): LoadingName => {
    const known = names.get(name);
    if (known !== undefined) return known;
    const made: LoadingName = {
      name,
      packages: [],
      providedBy: [],
      replacedBy: [],
      dependers: [],
      hasList: false,
      isWanted: false,
      isCounted: false,
    };
    names.set(name, made);
    return made;
  };
  const want = (relations: readonly OpkgDependency[]): void => {
    for (const { alternatives } of relations) for (const { name } of alternatives) ensure(name).isWanted = true;
  };
  /** Everything that reading a paragraph does, whether or not its package is kept (pkg_parse_line). */
  const read = (pkg: OpkgPackage, isKept: boolean, sequence: string = pkg.sequence ?? defaultSequence(pkg)): void => {
    let depends = 0;
    let conflicts = 0;
    for (const letter of sequence) {
      if (letter === 'd') depends += 1;
      else if (letter === 'c') conflicts += 1;
      else if (letter === 'P') readProvides(pkg, depends, conflicts);
      else readReplaces(pkg, isKept, conflicts);
    }
  };
  const readProvides = (pkg: OpkgPackage, depends: number, conflicts: number): void => {
    const own = ensure(pkg.name);
    own.hasList = true;
    addOnce(own.providedBy, own);
    want(pkg.depends.slice(0, depends));
    want(pkg.conflicts.slice(0, conflicts));
    for (const provided of pkg.provides.map(ensure)) {
      if (provided.isWanted) own.isWanted = true;
      addOnce(provided.providedBy, own);
    }
  };
  const readReplaces = (pkg: OpkgPackage, isKept: boolean, conflicts: number): void => {
    const own = ensure(pkg.name);
    own.hasList = true;
    // It adds itself at each reading, which is why such a package gets a second chance: see isResolvable.
    own.providedBy.push(own);
    for (const replaced of pkg.replaces.map(ensure)) {
      if (isKept) replaced.isWanted = true;
      const isOpponent = pkg.conflicts
        .slice(0, conflicts)
        .some(({ alternatives }) => alternatives.some(({ name }) => name === replaced.name));
      if (isOpponent) addOnce(replaced.replacedBy, own);
    }
  };
  const insert = (pkg: OpkgPackage): void => {
    const own = ensure(pkg.name);
    own.hasList = true;
    addOnce(own.providedBy, own);
    want(pkg.depends);
    want(pkg.conflicts);
    for (const { kind, alternatives } of pkg.depends)
      if (kind === 'depends' || kind === 'recommends')
        for (const { name } of alternatives) ensure(name).dependers.push(own);
    const twin = own.packages.findIndex(
      (one) => one.architecture === pkg.architecture && rules.compare(one.version, pkg.version) === 0,
    );
    if (twin === -1) own.packages.push(pkg);
    else own.packages[twin] = pkg;
  };

  if (byHand !== undefined) {
    read(byHand, true);
    insert(byHand);
  }
  for (const word of words) ensure(word).isWanted = true;
  for (let isNew = true; isNew;) {
    for (const pkg of universe.indexed) {
      const isWanted = names.get(pkg.name)?.isWanted === true;
      read(pkg, isWanted);
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
    read(pkg, true, statusSequence(pkg));
    insert(pkg);
  }
  return { ...universe, named: (name) => names.get(name), names: names.values() };
}

function defaultSequence({ depends, conflicts, provides, replaces }: OpkgPackage): string {
  const tail = (provides.length > 0 ? 'P' : '') + (replaces.length > 0 ? 'R' : '');
  return 'd'.repeat(depends.length) + 'c'.repeat(conflicts.length) + tail;
}

/** In the status file conflicts stand behind everything else (pkg_print_status). */
function statusSequence({ depends, conflicts, provides, replaces }: OpkgPackage): string {
  const middle = (provides.length > 0 ? 'P' : '') + (replaces.length > 0 ? 'R' : '');
  return 'd'.repeat(depends.length) + middle + 'c'.repeat(conflicts.length);
}

function addOnce<T>(list: T[], item: T): void {
  if (!list.includes(item)) list.push(item);
}
