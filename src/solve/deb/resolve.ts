import type { Relation } from '../problem.ts';
import type { AptState, PackageState } from './apt-state.ts';
import type { Clause } from './clause.ts';
import { markDelete, markInstall, markKeep } from './mark.ts';
import { compareByHash } from './name-hash.ts';
import { makeScores } from './scores.ts';

const mostRounds = 20;
/** A way out that needs more installations in a chain than this is none. */
const deepest = 500;

interface Resolver {
  readonly state: AptState;
  readonly wished: ReadonlySet<string>;
  readonly scores: Map<string, number>;
  /** Names whose installation has been tried as a way out already. */
  readonly tried: Set<string>;
  /** Something was changed in this round. */
  changed: boolean;
}

/**
 * apt's problem resolver, as far as it matters where nothing is installed: goes over the broken packages from the
 * highest score down, and lets them yield, or those who stand in their way, until nothing is broken or nothing changes
 * any more. True when nothing is broken at the end.
 *
 * Among equal scores apt's order is an accident: its sort over all names it knows is not stable. Here it is the order
 * of its table of names. In trixie one in some hundred sets that get here ends differently for it.
 */
export function resolveProblems(state: AptState, wished: ReadonlySet<string>): boolean {
  if (!state.installed().some((pkg) => state.isBroken(pkg))) return true;
  const before = new Set(state.installed());
  const scores = makeScores(state, wished);
  const ranks = new Map(scores);
  const resolver: Resolver = { state, wished, scores, tried: new Set(), changed: true };
  for (let round = 0; round < mostRounds && resolver.changed; round += 1) {
    resolver.changed = false;
    for (const pkg of brokenByRank(state, ranks)) fixPackage(resolver, pkg, round);
  }
  for (const pkg of state.installed()) if (!before.has(pkg)) pkg.auto = true;
  return !state.installed().some((pkg) => state.isBroken(pkg));
}

/**
 * The broken packages by the score that their names had at the beginning, then in the order of apt's table. What gets
 * broken or whole during the walk is met, or not, when its place is still to come.
 */
function* brokenByRank(state: AptState, ranks: ReadonlyMap<string, number>): Generator<PackageState> {
  const compare = (a: PackageState, b: PackageState): number =>
    (ranks.get(b.name) ?? 0) - (ranks.get(a.name) ?? 0) || compareByHash(a.name, b.name);
  let last: PackageState | undefined;
  for (;;) {
    let next: PackageState | undefined;
    for (const pkg of state.installed()) {
      if (last !== undefined && compare(pkg, last) <= 0) continue;
      if ((next === undefined || compare(pkg, next) < 0) && state.isBroken(pkg)) next = pkg;
    }
    if (next === undefined) return;
    yield next;
    last = next;
  }
}

function fixPackage(resolver: Resolver, pkg: PackageState, round: number): void {
  const { state } = resolver;
  if (pkg.install === undefined) return;
  const enemies: PackageState[] = [];
  for (const clause of state.clausesOf(pkg.install)) {
    if (state.holds(clause)) continue;
    const done =
      clause.relations.length > 1
        ? fixAlternatives(resolver, pkg, clause)
        : clause.relations.some((relation) => fixRelation(resolver, pkg, clause, relation, enemies) !== 'open');
    if (done) break;
  }
  if (pkg.install !== undefined) keepAway(resolver, pkg, enemies, round);
}

/** Whether the package yielded, and whether it was possible to try. */
type Outcome = 'open' | 'kept';

function fixAlternatives(resolver: Resolver, pkg: PackageState, clause: Clause): boolean {
  const { state } = resolver;
  let outcome: Outcome = 'open';
  for (const relation of clause.relations) {
    if (state.holds(clause)) return false;
    const wasInstalled = pkg.mode === 'install';
    if (state.targets.solutions(clause, relation).length === 0 && !pkg.protected) continue;
    if (fixRelation(resolver, pkg, clause, relation, []) === 'open') continue;
    outcome = 'kept';
    // Another alternative may still do: the package comes back for now.
    if (wasInstalled) markInstall(state, pkg, { withDependencies: false });
  }
  if (outcome === 'kept') {
    markKeep(state, pkg);
    resolver.changed = true;
  } else if (!pkg.protected) {
    markDelete(state, pkg);
    resolver.changed = true;
  }
  return false;
}

function fixRelation(
  resolver: Resolver,
  pkg: PackageState,
  clause: Clause,
  relation: Relation,
  enemies: PackageState[],
): Outcome {
  const { state, scores } = resolver;
  const solutions = state.targets.solutions(clause, relation);
  if (solutions.length === 0 && !pkg.protected && !clause.negative) {
    markKeep(state, pkg);
    resolver.changed = true;
    return 'kept';
  }
  const score = (one: PackageState): number => scores.get(one.name) ?? 0;
  for (const solution of solutions) {
    const other = state.of(solution.name);
    if (clause.negative && other.install !== solution) continue;
    if (!clause.negative || score(pkg) <= score(other)) {
      if (pkg.protected) {
        if (!tryInstall(resolver, other, clause, 0)) continue;
        if (score(other) > score(pkg)) scores.set(other.name, score(pkg));
        return 'open';
      }
      markKeep(state, pkg);
      resolver.changed = true;
      return 'kept';
    }
    if (clause.field === 'Breaks' && !state.isMatchedByCandidate(clause, relation)) {
      markInstall(state, other, { withDependencies: false });
      continue;
    }
    if (!other.protected) enemies.push(other);
  }
  return 'open';
}

function keepAway(resolver: Resolver, pkg: PackageState, enemies: readonly PackageState[], round: number): void {
  const { state, scores } = resolver;
  for (const enemy of enemies) {
    const kept = markKeep(state, enemy);
    if (kept) resolver.changed = true;
    if (kept && round <= 1) continue;
    const own = scores.get(pkg.name) ?? 0;
    if (own <= (scores.get(enemy.name) ?? 0)) continue;
    scores.set(enemy.name, own);
    resolver.changed = true;
  }
}

/** Installs a candidate together with whatever makes it whole; undone when that cannot be reached. */
function tryInstall(resolver: Resolver, pkg: PackageState, wantedFor: Clause, depth: number): boolean {
  const { state } = resolver;
  if (depth > deepest) return false;
  if (resolver.tried.has(pkg.name) || pkg.candidate === undefined || resolver.wished.has(pkg.name)) return false;
  resolver.tried.add(pkg.name);
  const wasKept = pkg.mode === 'keep';
  if (wasKept) pkg.wantedFor = wantedFor;
  if (!markInstall(state, pkg, { withDependencies: false }) || pkg.install === undefined) return false;
  for (const clause of state.clausesOf(pkg.install)) {
    if (completes(resolver, clause, depth)) continue;
    if (wasKept) markKeep(state, pkg);
    else markDelete(state, pkg);
    return false;
  }
  return true;
}

function completes(resolver: Resolver, clause: Clause, depth: number): boolean {
  const { state } = resolver;
  let failed = false;
  for (const relation of clause.relations) {
    if (state.holds(clause)) break;
    const target = likelyTarget(state, clause, relation);
    if (target.protected) {
      failed = true;
    } else if (state.isMatchedByCandidate(clause, relation) !== clause.negative) {
      failed = !tryInstall(resolver, target, clause, depth + 1);
      if (!failed) break;
    } else if (clause.negative) {
      break;
    } else {
      failed = true;
    }
  }
  return !failed;
}

/** The package behind a relation: the real one, or for a virtual name its first provider other than the asking package. */
function likelyTarget(state: AptState, { parent }: Clause, relation: Relation): PackageState {
  const { key, versions, provisions } = state.targets.of(relation);
  if (versions.length > 0) return state.of(key);
  return state.of(provisions.find(({ owner }) => owner.name !== parent.name)?.owner.name ?? key);
}
