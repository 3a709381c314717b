import type { Reason } from '../problem.ts';
import type { AptState } from './apt-state.ts';
import { formatDependency, softClausesOf, type Clause } from './clause.ts';
import type { DebPackage } from './deb-package.ts';

/**
 * Why each package is there: a wish, or the dependency through which the shortest chain from a wish reaches it. Chains
 * over Recommends and Suggests are only followed where no dependency leads.
 */
export function findReasons(
  state: AptState,
  packages: readonly DebPackage[],
  wished: ReadonlyMap<DebPackage, Reason>,
): ReadonlyMap<DebPackage, Reason> {
  const members = new Set(packages);
  const reasons = new Map([...wished].filter(([version]) => members.has(version)));
  spread(state, reasons, members, (version) => state.clausesOf(version));
  if (reasons.size < members.size) spread(state, reasons, members, softClausesOf);
  if (reasons.size < members.size) spread(state, reasons, members, (version) => state.clausesOf(version));
  return reasons;
}

/** Breadth first from those that have a reason; a Map keeps the order in which they got it. */
function spread(
  state: AptState,
  reasons: Map<DebPackage, Reason>,
  members: ReadonlySet<DebPackage>,
  clausesOf: (version: DebPackage) => readonly Clause[],
): void {
  for (const by of reasons.keys()) {
    for (const clause of clausesOf(by)) {
      if (clause.negative) continue;
      for (const relation of clause.relations) {
        for (const found of state.targets.solutions(clause, relation)) {
          if (!members.has(found) || reasons.has(found)) continue;
          const dependency = formatDependency(clause.relations);
          reasons.set(found, { kind: 'depends', by, dependency, field: clause.field });
        }
      }
    }
  }
}
