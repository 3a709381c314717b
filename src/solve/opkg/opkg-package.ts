import type { SolvePackage } from '../problem.ts';

/** A package as opkg's solver sees it. */
export interface OpkgPackage extends SolvePackage {
  readonly depends: readonly OpkgDependency[];
  /** Names only: opkg knows no versions of provided names. Its own name is not among them. */
  readonly provides: readonly string[];
  readonly conflicts: readonly OpkgDependency[];
  readonly replaces: readonly string[];
  /** `Status: ... hold ...` (or `prefer`) in the index: preferred where nothing else decides. */
  readonly isHeld: boolean;
  /**
   * In which order its record tells what concerns others, one letter each: `d` an item of `depends`, `c` one of `conflicts`,
   * `P` all of `provides`, `R` all of `replaces`. opkg acts on a line when it has read it. Default: `d`s, `c`s, `P`, `R`.
   */
  readonly sequence?: string | undefined;
  readonly isEssential: boolean;
  /** Given as a file, as ImageBuilder gives libc and kernel, which are in no index. */
  readonly isByHand: boolean;
  /** Version of the ABI, which is part of the name: `21` of libmbedtls21. */
  readonly abiVersion?: string | undefined;
}

/** One item of a relation field: alternatives, best first. */
export interface OpkgDependency {
  /** `greedy`: every package that provides the name (`foo *`). Recommendations are installed where they can be. */
  readonly kind: 'depends' | 'greedy' | 'recommends' | 'suggests';
  readonly alternatives: readonly OpkgRelation[];
  /** As it was written. */
  readonly text: string;
}

export interface OpkgRelation {
  readonly name: string;
  readonly operator?: string | undefined;
  readonly version?: string | undefined;
}

/** A file that a package brings, for finding two packages that bring the same. */
export interface OpkgFile {
  /** Relative to the root. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'device';
  readonly target?: string | undefined;
}

export interface OpkgFiles {
  readonly files: readonly OpkgFile[];
  readonly conffiles: readonly string[];
}
