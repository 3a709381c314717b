import type { Reason } from '../problem.ts';
import type { AptState } from './apt-state.ts';
import { formatDependency, softClausesOf, type Clause } from './clause.ts';
import type { DebPackage } from './deb-package.ts';

/**
 * Why each package is there: a wish, or the dependency through which the shortest chain from a wish reaches it. Chains
 * over Recommends and Suggests are only followed where no dependency leads. An essential package can be left over from
 * an attempt that was abandoned: its reason is the dependency that led into the attempt.
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
  for (const version of packages) {
    if (reasons.has(version)) continue;
    const reason = reasonOfAttempt(state, version, reasons);
    if (reason === undefined) continue;
    reasons.set(version, reason);
    spread(state, reasons, members, (one) => state.clausesOf(one));
  }
  return reasons;
}

/** Climbs from a leftover over packages that are gone to one that has a reason. */
function reasonOfAttempt(
  state: AptState,
  version: DebPackage,
  reasons: ReadonlyMap<DebPackage, Reason>,
): Reason | undefined {
  const seen = new Set<Clause>();
  let clause = state.of(version.name).wantedFor;
  while (clause !== undefined && !reasons.has(clause.parent) && !seen.has(clause)) {
    seen.add(clause);
    clause = state.of(clause.parent.name).wantedFor;
  }
  if (clause === undefined || !reasons.has(clause.parent)) return undefined;
  return { kind: 'depends', by: clause.parent, dependency: formatDependency(clause.relations), field: clause.field };
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
