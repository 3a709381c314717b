import type { Context } from '../io/context.ts';
import type { FeedKind, SolvePackage, VersionRules } from '../solve/problem.ts';
import type { Store } from '../store/store.ts';
import type { Digest } from '../values/digest.ts';
import type { Verdict } from '../values/verified.ts';
import type { PackageEntry } from './package-entry.ts';

/** One package manager's way of keeping repositories. `S` is what the spec says of a feed, `P` a package, `U` the solver's view. */
export interface Feed<S, P extends SolvePackage, U> {
  readonly kind: FeedKind;
  readonly versions: VersionRules;
  /**
   * Fetches, verifies and merges the indexes of the feeds of one build, best first. Fails with a KilopyError; nothing
   * that is not verified is parsed.
   *
   * @param architecture the package manager's own name, such as `arm64` for deb
   */
  open(
    ctx: Context,
    store: Store,
    settings: readonly S[],
    architecture: string,
    freshness: Freshness,
  ): Promise<VerifiedIndex<P, U>>;
}

/** Whether stored indexes may (offline) or should (locked) be used instead of fresh ones. */
export interface Freshness {
  readonly offline: boolean;
  readonly locked: boolean;
}

/** The indexes of a build, merged. */
export interface VerifiedIndex<P extends SolvePackage, U> {
  /** What the solver works on. */
  readonly universe: U;
  /** One for each index, in the order of preference. */
  readonly verdicts: readonly IndexVerdict[];
  /** Packages of that name, of every feed and version. */
  candidates(name: string): readonly P[];
  /** Where a package of this index is. Throws KP5054 when the index does not say. */
  locate(pkg: P): PackageLocation;
  /** Fetches (or finds in the store), verifies and unpacks a package. */
  payload(ctx: Context, store: Store, pkg: P): Promise<PackagePayload>;
}

/** How one index came to be trusted. */
export interface IndexVerdict {
  readonly feed: string;
  /** Suite, repository or branch. */
  readonly suite: string;
  readonly url: string;
  readonly verdict: Verdict;
  /** When it was last compared with the server, in milliseconds since 1970. */
  readonly fetchedAtMs: number;
}

export interface PackageLocation {
  readonly url: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

export interface PackagePayload {
  readonly entries: readonly PackageEntry[];
  /** Control fields of the package itself, names in lower case. */
  readonly control: ReadonlyMap<string, string>;
  /** Paths that are configuration, relative to the root. */
  readonly conffiles: readonly string[];
  /** Maintainer scripts and triggers, text by name. They are never run. */
  readonly scripts: ReadonlyMap<string, string>;
}
