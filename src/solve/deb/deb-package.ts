import type { Dependency, Provided, Relation, SolvePackage } from '../problem.ts';

/** The fields of a Debian package that decide an installation (deb-control(5)). Relations are parsed by feed/deb. */
export interface DebPackage extends SolvePackage {
  readonly multiArch: 'no' | 'same' | 'foreign' | 'allowed';
  readonly essential: boolean;
  /** `Protected: yes` (or the older `Important: yes`): apt prefers it among providers. */
  readonly protected?: boolean | undefined;
  /** `required`, `important`, `standard`, `optional`, `extra`. */
  readonly priority: string;
  readonly preDepends: readonly Dependency[];
  readonly depends: readonly Dependency[];
  readonly conflicts: readonly Relation[];
  readonly breaks: readonly Relation[];
  readonly replaces: readonly Relation[];
  readonly provides: readonly Provided[];
  /**
   * Never installed for their own sake, but apt keeps a package that an abandoned attempt left behind when an installed
   * package recommends or suggests it, and counts recommendations when it weighs who yields in a conflict.
   * Asked for rarely: a feed may give them as getters that parse late.
   */
  readonly recommends?: readonly Dependency[] | undefined;
  readonly suggests?: readonly Dependency[] | undefined;
  readonly enhances?: readonly Dependency[] | undefined;
  /** Name and version of the source package. */
  readonly source: string;
  readonly sourceVersion: string;
  /** Suite of the feed, such as `trixie-security`: what `name/suite` selects by. Without it, the feed's name decides. */
  readonly suite?: string | undefined;
}

/** All packages of all feeds of one build, native architecture and `all`. */
export interface DebUniverse {
  /** Real packages of that name, of every feed and version, in the order in which the feeds were given and stand in them. */
  named(name: string): readonly DebPackage[];
  /** Packages whose Provides lists the name, in index order. */
  providing(name: string): readonly DebPackage[];
  /** For suggestions: every real name, in no order. */
  names(): Iterable<string>;
  /**
   * A number that grows in the order in which the indexes first mention the names: as Package, or in a relation field;
   * within one stanza Package, Pre-Depends, Depends, Conflicts, Breaks, Recommends, Suggests, Replaces, Enhances,
   * Provides. apt numbers packages so, and of two providers that are equal in all else it takes the later one. Asked
   * for only at such a tie; `mentionOrder` makes one from packages.
   */
  mentionRank(name: string): number;
}
