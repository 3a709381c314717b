import type { AptState, PackageState } from './apt-state.ts';
import { softClausesOf, type Clause } from './clause.ts';
import { isOwnName } from './targets.ts';
import { compareByHash } from './name-hash.ts';
import { priorityOf } from './providers.ts';

/** Points for required, important, standard, optional and extra, by apt's number of the priority. */
const priorityPoints = [0, 3, 2, 1, -1, -2] as const;
const essentialPoints = 100;
const essentialBonus = 5000;
const protectedBonus = 10_000;

/**
 * How hard each name resists being given up when a conflict has to be solved: its priority, what depends on it and what
 * conflicts with it, one level of inheritance from those who need it, and the wishes above all.
 * apt adds up with the numbers that it is about to change, so the order of names is part of the rule.
 */
export function makeScores(state: AptState, wished: ReadonlySet<string>): Map<string, number> {
  const scores = new Map<string, number>();
  const add = (name: string, points: number): void => {
    scores.set(name, (scores.get(name) ?? 0) + points);
  };
  const installed = [...state.installed()].sort((a, b) => compareByHash(a.name, b.name));

  for (const pkg of installed) {
    if (pkg.install === undefined) continue;
    if (pkg.essential || pkg.important) add(pkg.name, essentialPoints);
    add(pkg.name, priorityPoints[priorityOf(pkg.install)] ?? 0);
    for (const clause of scoredClauses(state, pkg)) scoreClause(state, clause, add);
  }

  const direct = new Map(scores);
  for (const pkg of installed) {
    for (const clause of scoredClauses(state, pkg)) {
      if (clause.negative) continue;
      const inherited = direct.get(pkg.name) ?? 0;
      if (inherited <= 0) continue;
      for (const { name, architecture } of clause.relations) {
        if (architecture === undefined && state.of(name).install !== undefined) add(name, inherited);
      }
    }
  }

  for (const pkg of installed) {
    const transfer = Math.abs((scores.get(pkg.name) ?? 0) - (direct.get(pkg.name) ?? 0));
    if (transfer === 0) continue;
    for (const name of installedProviders(state, pkg.name)) add(name, transfer);
  }

  for (const name of wished) add(name, protectedBonus);
  for (const { name, essential, important } of installed) if (essential || important) add(name, essentialBonus);
  return scores;
}

/** Recommendations count although nothing is installed for them; suggestions do not. */
function scoredClauses(state: AptState, { install }: PackageState): readonly Clause[] {
  if (install === undefined) return [];
  const recommended = softClausesOf(install).filter(({ field }) => field === 'Recommends');
  return [...state.clausesOf(install), ...recommended];
}

function scoreClause(state: AptState, clause: Clause, add: (name: string, points: number) => void): void {
  const points = clause.negative ? -1 : 1;
  for (const relation of clause.relations) {
    const target = state.targets.of(relation);
    if (!(clause.negative && clause.parent.name === target.key)) {
      const { install } = state.of(target.key);
      const counts =
        relation.version === undefined || (install !== undefined && state.targets.matches(relation, install.version));
      if (!counts) continue;
      add(target.key, points);
    }
    const providers = target.provisions.filter(
      ({ owner, version }) =>
        !isOwnName(clause, owner) && state.of(owner.name).install === owner && state.targets.matches(relation, version),
    );
    for (const name of new Set(providers.map(({ owner }) => owner.name))) add(name, points);
  }
}

function installedProviders(state: AptState, name: string): ReadonlySet<string> {
  const { provisions } = state.targets.named(name);
  return new Set(
    provisions.filter(({ owner }) => state.of(owner.name).install === owner).map(({ owner }) => owner.name),
  );
}
