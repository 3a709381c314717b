import type { ChainLink } from '../chain.ts';
import type { Reason } from '../problem.ts';
import type { AptState } from './apt-state.ts';
import { formatDependency, type Clause } from './clause.ts';
import type { DebPackage } from './deb-package.ts';

/** A dependency that nothing in the feeds satisfies, and the way to it from a wish. */
export interface Impossible {
  readonly path: readonly ChainLink[];
  readonly clause: Clause;
}

/** Explanations follow chains up to this length. */
const deepest = 300;

/** The first wish that cannot be met even alone, conflicts aside. */
export function findImpossible(state: AptState, wished: ReadonlyMap<DebPackage, Reason>): Impossible | undefined {
  const known = new Map<DebPackage, Impossible | undefined>();

  function judge(version: DebPackage, reason: Reason, depth: number): Impossible | undefined {
    // In a circle, what is being judged counts as possible; so does what lies deeper than anybody would follow.
    if (known.has(version) || depth > deepest) return known.get(version);
    known.set(version, undefined);
    const link: ChainLink = { package: version, reason };
    for (const clause of state.clausesOf(version)) {
      if (clause.negative) continue;
      const options = candidatesFor(state, clause, wished);
      const dependency = formatDependency(clause.relations);
      const faults = options.map((option) =>
        judge(option, { kind: 'depends', by: version, dependency, field: clause.field }, depth + 1),
      );
      if (faults.includes(undefined)) continue;
      const [fault] = faults;
      const found = fault === undefined ? { path: [link], clause } : { ...fault, path: [link, ...fault.path] };
      known.set(version, found);
      return found;
    }
    return undefined;
  }

  for (const [version, reason] of wished) {
    const found = judge(version, reason, 0);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What cannot be avoided, and where it contradicts itself. */
export interface Forced {
  /** Why each of the unavoidable packages is needed. */
  readonly reasons: ReadonlyMap<DebPackage, Reason>;
  /** A conflict between two of them. */
  readonly conflict?: Clause | undefined;
  /** A dependency of one of them whose every solution conflicts with another of them. */
  readonly deadEnd?: { readonly clause: Clause; readonly exclusions: readonly Clause[] } | undefined;
}

/**
 * Follows every dependency that has only one solution left, until two of the packages found conflict or a dependency
 * has no solution left. Solutions that conflict with an unavoidable package are none.
 */
export function findForced(state: AptState, wished: ReadonlyMap<DebPackage, Reason>): Forced {
  const reasons = new Map(wished);
  for (let before = -1; before !== reasons.size;) {
    before = reasons.size;
    for (const version of reasons.keys()) {
      for (const clause of state.clausesOf(version)) {
        if (clause.negative) {
          if (enemiesOf(state, clause, (other) => reasons.has(other)).length > 0) return { reasons, conflict: clause };
          continue;
        }
        const options = candidatesFor(state, clause, wished);
        if (options.some((option) => reasons.has(option))) continue;
        const exclusions = options.map((option) => exclusionOf(state, option, reasons));
        const free = options.filter((_, index) => exclusions[index] === undefined);
        const [only, another] = options.length === 1 ? options : free;
        if (only === undefined) {
          return { reasons, deadEnd: { clause, exclusions: exclusions.filter((one) => one !== undefined) } };
        }
        if (another !== undefined) continue;
        const dependency = formatDependency(clause.relations);
        reasons.set(only, { kind: 'depends', by: version, dependency, field: clause.field });
        if (free.length === 0) return { reasons, conflict: exclusions[0] };
      }
    }
  }
  return { reasons };
}

/** The packages that a conflict hits, among those that count. */
export function enemiesOf(
  state: AptState,
  clause: Clause,
  counts: (version: DebPackage) => boolean,
): readonly DebPackage[] {
  return clause.relations.flatMap((relation) => state.targets.solutions(clause, relation)).filter(counts);
}

/** The conflict, declared by either side, that keeps an option from standing beside the unavoidable packages. */
function exclusionOf(
  state: AptState,
  option: DebPackage,
  unavoidable: ReadonlyMap<DebPackage, Reason>,
): Clause | undefined {
  const own = state
    .clausesOf(option)
    .find((clause) => clause.negative && enemiesOf(state, clause, (other) => unavoidable.has(other)).length > 0);
  if (own !== undefined) return own;
  for (const version of unavoidable.keys()) {
    const foreign = state
      .clausesOf(version)
      .find((clause) => clause.negative && enemiesOf(state, clause, (other) => other === option).length > 0);
    if (foreign !== undefined) return foreign;
  }
  return undefined;
}

/** What may satisfy a clause: of each name only the version wished for, or else the best one. */
function candidatesFor(
  state: AptState,
  clause: Clause,
  wished: ReadonlyMap<DebPackage, Reason>,
): readonly DebPackage[] {
  const chosen = new Map([...wished.keys()].map((version) => [version.name, version]));
  const solutions = clause.relations.flatMap((relation) => state.targets.solutions(clause, relation));
  return [...new Set(solutions)].filter(
    (version) => (chosen.get(version.name) ?? state.targets.named(version.name).versions[0]) === version,
  );
}
