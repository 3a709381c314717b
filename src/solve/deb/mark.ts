import type { AptState, PackageState } from './apt-state.ts';
import type { Clause } from './clause.ts';
import type { DebPackage } from './deb-package.ts';
import { solutionsInOrder, solutionsOf } from './providers.ts';

export interface MarkOptions {
  /** Also install what the package depends on. */
  readonly withDependencies: boolean;
  readonly fromUser?: boolean;
  readonly depth?: number;
}

/** apt gives up on chains that are longer than this. */
const deepest = 3000;

/**
 * Decides that a name is to be installed, and with `withDependencies` how everything it depends on is satisfied, depth
 * first. False when that failed. A failure undoes the mark of the name itself and takes its candidate away, unless the
 * name is protected or the user's; what was marked for it on the way stays marked, and is swept at the end.
 */
export function markInstall(state: AptState, pkg: PackageState, options: MarkOptions): boolean {
  const stack = [marking(state, pkg, options)];
  let result = false;
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const { done, value } = top.next(result);
    if (done === true) {
      result = value;
      stack.pop();
    } else {
      stack.push(value);
    }
  }
  return result;
}

/**
 * One mark under way. It yields the marks that it needs first and is given their results: chains of dependencies are
 * longer than the stack of JavaScript.
 */
type Marking = Generator<Marking, boolean, boolean>;

function* marking(state: AptState, pkg: PackageState, options: MarkOptions): Marking {
  const { withDependencies, fromUser = false, depth = 0 } = options;
  if (!mayChangeMode(pkg, 'install', depth, fromUser) || pkg.candidate === undefined) return false;
  if (!pkg.protected && pkg.mode === 'install' && !state.isBroken(pkg)) return true;
  if (withDependencies && !isSatisfiable(state, pkg)) return false;

  const lenient = pkg.protected || fromUser;
  if (fromUser) setInstall(state, pkg, true);
  if (!withDependencies) {
    if (!fromUser) setInstall(state, pkg, false);
    return true;
  }

  const open = state.clausesOf(pkg.candidate).filter((clause) => pkg.protected || !state.holds(clause));
  const enemies = open.filter((clause) => clause.negative);
  const conflictsRemoved = removeConflicts(state, enemies, pkg.protected, lenient);
  if (!conflictsRemoved && !lenient) return false;
  if (!fromUser) setInstall(state, pkg, false);

  const wasProtected = pkg.protected;
  // While its dependencies are looked for, nothing may take the package itself away.
  pkg.protected = true;
  const needed = open.filter((clause) => !clause.negative);
  const complete = yield* installDependencies(state, needed, wasProtected, lenient, depth);
  if (!complete && !lenient) discardInstall(state, pkg);
  pkg.protected = wasProtected;
  return conflictsRemoved && complete;
}

/** Decides that a name stays away. False when it is protected. */
export function markKeep(state: AptState, pkg: PackageState): boolean {
  if (!mayChangeMode(pkg, 'keep', 0, false)) return false;
  if (pkg.mode === 'keep') return true;
  setAway(state, pkg);
  return true;
}

/** As `markKeep`, but refuses for essential packages and for those that the user asked for. */
export function markDelete(state: AptState, pkg: PackageState): boolean {
  if (!state.targets.named(pkg.name).versions.length || pkg.protected || pkg.essential || pkg.important) return false;
  if (pkg.install === undefined) return true;
  if (!pkg.auto) return false;
  setAway(state, pkg);
  return true;
}

/** Makes a version the candidate, for `name=version`. */
export function setCandidate(state: AptState, version: DebPackage): void {
  const pkg = state.of(version.name);
  if (pkg.candidate === version) return;
  if (pkg.mode === 'install' && pkg.install === pkg.candidate) pkg.install = version;
  pkg.candidate = version;
  state.changed(pkg);
}

function mayChangeMode(pkg: PackageState, mode: PackageState['mode'], depth: number, fromUser: boolean): boolean {
  if (depth > deepest) return false;
  return fromUser || pkg.mode === mode || !pkg.protected;
}

/** A candidate with a dependency that no candidate satisfies is no candidate. */
function isSatisfiable(state: AptState, pkg: PackageState): boolean {
  if (pkg.candidate === undefined) return true;
  const hopeless = state
    .clausesOf(pkg.candidate)
    .some(
      (clause) =>
        !clause.negative &&
        !clause.relations.some(
          (relation) => state.isMatchedByInstall(clause, relation) || state.isMatchedByCandidate(clause, relation),
        ),
    );
  if (hopeless && !pkg.protected) {
    pkg.candidate = undefined;
    pkg.mode = 'keep';
  }
  return !hopeless;
}

function setInstall(state: AptState, pkg: PackageState, fromUser: boolean): void {
  if (pkg.protected && pkg.install === pkg.candidate) return;
  pkg.mode = 'install';
  pkg.install = pkg.candidate;
  pkg.auto = !fromUser;
  state.changed(pkg);
}

function setAway(state: AptState, pkg: PackageState): void {
  pkg.mode = 'keep';
  pkg.install = undefined;
  state.changed(pkg);
}

function discardInstall(state: AptState, pkg: PackageState): void {
  if (pkg.mode === 'keep' && pkg.install === undefined && pkg.candidate === undefined) return;
  setAway(state, pkg);
  pkg.candidate = undefined;
}

/**
 * Keeps everything away that the package conflicts with. A protected package rules its enemies out for good; another
 * one fails as soon as an enemy cannot be kept away.
 */
function removeConflicts(state: AptState, clauses: readonly Clause[], forGood: boolean, lenient: boolean): boolean {
  let removed = true;
  for (const clause of clauses) {
    for (const enemy of solutionsInOrder(state, clause)) {
      const pkg = state.of(enemy.name);
      if (pkg.candidate !== enemy) continue;
      if (pkg.mode === 'install' && !markKeep(state, pkg)) {
        removed = false;
        if (!lenient) return false;
      } else if (forGood) {
        pkg.candidate = pkg.install;
        pkg.protected = true;
      }
    }
  }
  return removed;
}

function* installDependencies(
  state: AptState,
  clauses: readonly Clause[],
  forGood: boolean,
  lenient: boolean,
  depth: number,
): Marking {
  let complete = true;
  for (const clause of clauses) {
    const satisfied = state.holds(clause);
    if (satisfied && !forGood) continue;
    const solved = satisfied
      ? yield* protectOnlySolution(state, clause, depth)
      : yield* installFirstSolution(state, clause, forGood, depth);
    if (solved) continue;
    complete = false;
    if (!satisfied && !lenient) return false;
  }
  return complete;
}

/** What a protected package cannot do without is protected as well, and so are its own dependencies. */
function* protectOnlySolution(state: AptState, clause: Clause, depth: number): Marking {
  const [only, another] = new Set(solutionsOf(state, clause));
  if (only === undefined || another !== undefined) return true;
  const pkg = state.of(only.name);
  if (pkg.protected) return true;
  pkg.protected = true;
  return yield marking(state, pkg, { withDependencies: true, depth: depth + 1 });
}

function* installFirstSolution(state: AptState, clause: Clause, forGood: boolean, depth: number): Marking {
  const solutions = solutionsInOrder(state, clause);
  for (const solution of solutions) {
    const pkg = state.of(solution.name);
    if (pkg.candidate !== solution) continue;
    if (pkg.mode === 'keep') pkg.wantedFor = clause;
    if (forGood && solutions.length === 1) {
      if (!(yield marking(state, pkg, { withDependencies: false, depth: depth + 1 }))) continue;
      pkg.protected = true;
    }
    if (yield marking(state, pkg, { withDependencies: true, depth: depth + 1 })) return true;
  }
  return false;
}
