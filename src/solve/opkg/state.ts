import type { OpkgFiles, OpkgPackage } from './opkg-package.ts';
import type { OpkgName, OpkgUniverse } from './universe.ts';

/** What one run of `opkg install` knows of a package, beside what the index says. */
export interface PackageState {
  status: 'absent' | 'unpacked' | 'installed';
  want: 'unknown' | 'install' | 'deinstall';
  /** Given as a file in this run. */
  isPreferred: boolean;
}

/** What the runs before left behind, and this one has done so far. */
export interface RunState {
  readonly universe: OpkgUniverse;
  /** The words of the command line: a provider that is among them is preferred. */
  readonly words: ReadonlySet<string>;
  readonly of: (pkg: OpkgPackage) => PackageState;
  /** Names whose dependencies have been followed. opkg never forgets that within a run, and looks only once. */
  readonly followed: Set<OpkgName>;
  readonly precheckedNames: Set<OpkgName>;
  /** Why opkg complained, as sentences. */
  readonly complaints: string[];
  /** Packages in the order in which they were unpacked, over all runs. */
  readonly order: OpkgPackage[];
  /** Why each was installed: the package that needed it, or undefined for one that was asked for. */
  readonly neededBy: Map<OpkgPackage, { readonly by: OpkgPackage; readonly text: string } | undefined>;
  readonly disk: Disk;
}

/** Files of installed packages, where the caller knows them. */
export interface Disk {
  /** The files of a package; undefined while they are not known, which counts as none. */
  readonly filesOf: (pkg: OpkgPackage) => OpkgFiles | undefined;
  /** Paths that exist, with the target of links. */
  readonly present: Map<string, string | undefined>;
  readonly owners: Map<string, OpkgPackage>;
}

export function isThere({ status }: PackageState): boolean {
  return status !== 'absent';
}

/** A state for one run; `earlier` is what stands in the status file. */
export function startRun(
  universe: OpkgUniverse,
  words: Iterable<string>,
  earlier: Pick<RunState, 'order' | 'neededBy' | 'complaints' | 'disk'>,
): RunState {
  const states = new Map<OpkgPackage, PackageState>();
  for (const pkg of earlier.order) states.set(pkg, { status: 'installed', want: 'install', isPreferred: false });
  return {
    universe,
    words: new Set(words),
    of(pkg) {
      const known = states.get(pkg);
      if (known !== undefined) return known;
      const made: PackageState = { status: 'absent', want: 'unknown', isPreferred: false };
      states.set(pkg, made);
      return made;
    },
    followed: new Set(),
    precheckedNames: new Set(),
    ...earlier,
  };
}

/** The installed package of a name, looked for as opkg does: under the name itself, else under its first provider. */
export function installedOf(run: RunState, name: string): OpkgPackage | undefined {
  const known = run.universe.named(name);
  const holder = known === undefined || known.hasList === true ? known : known.providedBy[0];
  return holder?.packages.find((pkg) => isThere(run.of(pkg)));
}
