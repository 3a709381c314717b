import type { Problem, Relation } from '../problem.ts';
import { clausesOf, type Clause } from './clause.ts';
import type { DebPackage, DebUniverse } from './deb-package.ts';
import { debTargets, isOwnName, type Target, type Targets } from './targets.ts';

/** What apt has decided about one name so far. */
export interface PackageState {
  readonly name: string;
  readonly essential: boolean;
  readonly important: boolean;
  /** The version that would be installed. Taken away when apt has found that it cannot be. */
  candidate: DebPackage | undefined;
  /** The version that is to be installed. */
  install: DebPackage | undefined;
  /** `keep` on an empty system means: stays away. */
  mode: 'keep' | 'install';
  /** Asked for by the user, or the only way to give what was: nothing may change it any more. */
  protected: boolean;
  /** Not asked for by the user. */
  auto: boolean;
  /** The dependency for whose sake it was last installed. */
  wantedFor: Clause | undefined;
}

/** What was true about a target when something about it last changed. */
interface Snapshot {
  readonly install: ReadonlySet<DebPackage>;
  readonly candidate: ReadonlySet<DebPackage>;
}

/**
 * The working state of the deb strategy: apt's dependency cache on a system where nothing is installed.
 *
 * apt does not ask afresh whether a relation holds; it keeps an answer per relation, and renews those of a target when a
 * package behind the target is marked. Taking a candidate away does not count as marking. Answers therefore lag behind
 * in a way that decides between alternatives, and this class lags in the same way: relations are judged by the
 * snapshot of their target.
 */
export class AptState {
  readonly targets: Targets;
  readonly problem: Problem<DebUniverse>;
  private readonly states = new Map<string, PackageState>();
  private readonly snapshots = new Map<string, Snapshot>();
  private readonly clauses = new Map<DebPackage, readonly Clause[]>();

  constructor(problem: Problem<DebUniverse>) {
    this.problem = problem;
    this.targets = debTargets(problem);
  }

  of(name: string): PackageState {
    let state = this.states.get(name);
    if (state === undefined) {
      const { versions } = this.targets.named(name);
      state = {
        name,
        // apt counts itself among the essential packages.
        essential: name === 'apt' || versions.some((version) => version.essential),
        important: name === 'apt' || versions.some((version) => version.protected === true),
        candidate: versions[0],
        install: undefined,
        mode: 'keep',
        protected: false,
        auto: false,
        wantedFor: undefined,
      };
      this.states.set(name, state);
    }
    return state;
  }

  /** The names that are to be installed, in the order in which they were first looked at. */
  installed(): readonly PackageState[] {
    return [...this.states.values()].filter((state) => state.install !== undefined);
  }

  clausesOf(version: DebPackage): readonly Clause[] {
    let clauses = this.clauses.get(version);
    if (clauses === undefined) {
      clauses = clausesOf(version);
      this.clauses.set(version, clauses);
    }
    return clauses;
  }

  /** Renews the answers about everything that this name, and the candidate by what it provides, is a target for. */
  changed(state: PackageState): void {
    const keys = new Set([state.name, ...(state.candidate === undefined ? [] : this.targets.keysOf(state.candidate))]);
    for (const key of keys) {
      const [name = key, architecture] = key.split(':');
      const target = this.targets.of({ name, architecture });
      const owners = new Set([...target.versions, ...target.provisions.map(({ owner }) => owner)]);
      this.snapshots.set(key, {
        install: new Set([...owners].filter((owner) => this.of(owner.name).install === owner)),
        candidate: new Set([...owners].filter((owner) => this.of(owner.name).candidate === owner)),
      });
    }
  }

  /** Does something that is to be installed match the relation, as far as apt knows? */
  isMatchedByInstall(clause: Clause, relation: Relation): boolean {
    const target = this.targets.of(relation);
    const install = this.snapshots.get(target.key)?.install;
    return install !== undefined && this.isMatched(clause, relation, target, (owner) => install.has(owner));
  }

  /** Could a candidate match the relation, as far as apt knows? */
  isMatchedByCandidate(clause: Clause, relation: Relation): boolean {
    const target = this.targets.of(relation);
    const snapshot = this.snapshots.get(target.key);
    return this.isMatched(clause, relation, target, (owner) =>
      snapshot === undefined ? this.targets.named(owner.name).versions[0] === owner : snapshot.candidate.has(owner),
    );
  }

  /** The relation alone: an alternative is there, or a conflicting package is absent. */
  relationHolds(clause: Clause, relation: Relation): boolean {
    return this.isMatchedByInstall(clause, relation) !== clause.negative;
  }

  holds(clause: Clause): boolean {
    return clause.relations.some((relation) => this.relationHolds(clause, relation));
  }

  isBroken(state: PackageState): boolean {
    return state.install !== undefined && !this.clausesOf(state.install).every((clause) => this.holds(clause));
  }

  /** The candidates, as they are now, that match a relation. */
  matchingCandidates(clause: Clause, relation: Relation): readonly DebPackage[] {
    if (!this.isMatchedByCandidate(clause, relation)) return [];
    return this.targets.solutions(clause, relation).filter((version) => this.of(version.name).candidate === version);
  }

  private isMatched(
    clause: Clause,
    relation: Relation,
    target: Target,
    counts: (owner: DebPackage) => boolean,
  ): boolean {
    return (
      target.versions.some(
        (version) => counts(version) && !isOwnName(clause, version) && this.targets.matches(relation, version.version),
      ) ||
      target.provisions.some(
        ({ owner, version }) => counts(owner) && !isOwnName(clause, owner) && this.targets.matches(relation, version),
      )
    );
  }
}
