import type { SourceLocation } from '../values/source-location.ts';
import type { Wish } from '../values/wish.ts';

export type { Wish } from '../values/wish.ts';

/** What a package manager's version grammar decides. Each feed kind gives one from its `version.ts`. */
export interface VersionRules {
  readonly kind: FeedKind;
  isValid(version: string): boolean;
  /** Negative, zero or positive, as for sort. Both must be valid. */
  compare(a: string, b: string): number;
  /** `A OP B` with the manager's own operators (deb: `<< <= = >= >>`). */
  satisfies(a: string, operator: string, b: string): boolean;
}

export type FeedKind = 'deb' | 'apk' | 'opkg';

/** One name with an optional version condition and, for deb, an architecture qualifier (`:any`, `:native`, `:amd64`). */
export interface Relation {
  readonly name: string;
  readonly operator?: string | undefined;
  readonly version?: string | undefined;
  readonly architecture?: string | undefined;
}

/** Alternatives, best first: `a | b`. A plain dependency has one. */
export type Dependency = readonly Relation[];

export interface Provided {
  readonly name: string;
  readonly version?: string | undefined;
}

/** What a solver needs to know of a package. Feeds extend it with where and how to get it. */
export interface SolvePackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** Name of the feed it stands in. */
  readonly feed: string;
}

/** Why a package is in a plan. */
export type Reason =
  | { readonly kind: 'wish'; readonly wish: Wish }
  | { readonly kind: 'depends'; readonly by: SolvePackage; readonly dependency: string; readonly field: string }
  | { readonly kind: 'install-if'; readonly triggers: readonly SolvePackage[] };

export interface PlanStep<P extends SolvePackage = SolvePackage> {
  readonly package: P;
  readonly reason: Reason;
}

/** The solver's answer: exact packages in install order. */
export interface Plan<P extends SolvePackage = SolvePackage> {
  readonly steps: readonly PlanStep<P>[];
}

/** Why there is no plan: a chain of sentences from the wish to the impossible demand. */
export interface Explanation {
  readonly kind: 'unsatisfiable' | 'unknown-package' | 'conflict' | 'bad-wish';
  /** One line that a person understands. */
  readonly summary: string;
  /** From the wish down to the demand that cannot be met. */
  readonly chain: readonly string[];
  readonly where?: SourceLocation | undefined;
  readonly package?: string | undefined;
  readonly suggestions?: readonly string[] | undefined;
}

export type Solution<P extends SolvePackage = SolvePackage> =
  | { readonly ok: true; readonly plan: Plan<P> }
  | { readonly ok: false; readonly explanation: Explanation; readonly partial?: Plan<P> };

/**
 * One strategy's input. `universe` is the strategy's own view of the packages (deb, apk and opkg differ in more than
 * syntax); everything else is shared.
 */
export interface Problem<U> {
  readonly universe: U;
  readonly wishes: readonly Wish[];
  readonly rules: VersionRules;
  readonly architecture: string;
}
