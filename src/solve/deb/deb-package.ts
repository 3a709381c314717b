import type { Dependency, Provided, Relation, SolvePackage } from '../problem.ts';

/** The fields of a Debian package that decide an installation (deb-control(5)). Relations are parsed by feed/deb. */
export interface DebPackage extends SolvePackage {
  readonly multiArch: 'no' | 'same' | 'foreign' | 'allowed';
  readonly essential: boolean;
  /** `required`, `important`, `standard`, `optional`, `extra`. */
  readonly priority: string;
  readonly preDepends: readonly Dependency[];
  readonly depends: readonly Dependency[];
  readonly conflicts: readonly Relation[];
  readonly breaks: readonly Relation[];
  readonly replaces: readonly Relation[];
  readonly provides: readonly Provided[];
  /** Name and version of the source package. */
  readonly source: string;
  readonly sourceVersion: string;
}

/** All packages of all feeds of one build, native architecture and `all`. */
export interface DebUniverse {
  /** Real packages of that name, of every feed and version, in the order in which the feeds were given and stand in them. */
  named(name: string): readonly DebPackage[];
  /** Packages whose Provides lists the name, in index order. */
  providing(name: string): readonly DebPackage[];
  /** For suggestions: every real name, in no order. */
  names(): Iterable<string>;
}
