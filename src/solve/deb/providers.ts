import type { Relation } from '../problem.ts';
import type { AptState } from './apt-state.ts';
import type { Clause } from './clause.ts';
import type { DebPackage } from './deb-package.ts';

/** apt's numbers for priorities; a stanza without one comes before all, an unknown word counts as `extra`. */
const priorities: Readonly<Record<string, number>> = {
  '': 0,
  required: 1,
  important: 2,
  standard: 3,
  optional: 4,
  extra: 5,
};

export function priorityOf({ priority }: DebPackage): number {
  return priorities[priority] ?? 5;
}

/**
 * Every candidate that satisfies a clause, in the order in which apt tries them: alternative after alternative, and
 * within one alternative by `compareProviders`.
 */
export function solutionsInOrder(state: AptState, clause: Clause): readonly DebPackage[] {
  return notRuledOut(state, clause, (relation) =>
    [...state.matchingCandidates(clause, relation)].sort((a, b) => compareProviders(state, relation, a, b)),
  );
}

/** The same without an order, which is costly to find out. */
export function solutionsOf(state: AptState, clause: Clause): readonly DebPackage[] {
  return notRuledOut(state, clause, (relation) => state.matchingCandidates(clause, relation));
}

function notRuledOut(
  state: AptState,
  clause: Clause,
  matching: (relation: Relation) => readonly DebPackage[],
): readonly DebPackage[] {
  const solutions = clause.relations.flatMap(matching);
  const distinct = solutions.filter((one, index) => one !== solutions[index - 1]);
  // What has been ruled out for good is no solution; for a conflict it is still a party.
  return clause.negative
    ? distinct
    : distinct.filter(({ name }) => !state.of(name).protected || state.of(name).mode !== 'keep');
}

/**
 * Who is taken among those who match one relation: a protected package, else the package of that very name, else an
 * essential one, else an important one, else the better priority, else the one that the indexes mention last.
 */
function compareProviders(state: AptState, relation: Relation, a: DebPackage, b: DebPackage): number {
  if (a.name === b.name) return 0;
  const [left, right] = [state.of(a.name), state.of(b.name)];
  if (left.protected !== right.protected) return left.protected ? -1 : 1;
  const isTarget = (version: DebPackage): boolean =>
    version.name === relation.name && relation.architecture === undefined;
  if (isTarget(a) !== isTarget(b)) return isTarget(a) ? -1 : 1;
  if (left.essential !== right.essential) return left.essential ? -1 : 1;
  if (left.important !== right.important) return left.important ? -1 : 1;
  const byPriority = priorityOf(a) - priorityOf(b);
  if (byPriority !== 0) return byPriority;
  const { universe } = state.problem;
  return universe.mentionRank(b.name) - universe.mentionRank(a.name);
}
