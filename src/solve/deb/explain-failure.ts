import { chainOf, linkSentence, wishPlace } from '../chain.ts';
import type { Explanation, Reason, SolvePackage } from '../problem.ts';
import type { AptState } from './apt-state.ts';
import { formatDependency, formatRelation, type Clause } from './clause.ts';
import type { DebPackage } from './deb-package.ts';
import { enemiesOf, findForced, findImpossible, type Forced, type Impossible } from './find-fault.ts';

/**
 * Says why the wishes cannot be met, in the order of what helps most: something is missing from the feeds; or two
 * packages that cannot be avoided exclude each other; or every way to satisfy a dependency is excluded. Where none of
 * these shows, the packages are named that apt's resolver leaves broken.
 */
export function explainFailure(state: AptState, wished: ReadonlyMap<DebPackage, Reason>): Explanation {
  const impossible = findImpossible(state, wished);
  if (impossible !== undefined) return explainImpossible(state, impossible);
  const forced = findForced(state, wished);
  return (
    (forced.conflict && explainConflict(state, forced, forced.conflict)) ??
    (forced.deadEnd && explainDeadEnd(state, forced, forced.deadEnd)) ??
    explainBroken(state, forced)
  );
}

function explainImpossible(state: AptState, { path, clause }: Impossible): Explanation {
  const [root] = path;
  const wish = root?.reason.kind === 'wish' ? root.reason.wish : undefined;
  const needed = formatDependency(clause.relations);
  const place = wish === undefined ? '' : wishPlace(wish);
  const found = clause.relations.map((relation) => inFeeds(state, relation.name));
  const summary = `${clause.parent.name} needs ${needed}${place}; ${[...new Set(found)].join(', ')}`;
  return {
    kind: 'unsatisfiable',
    summary,
    chain: [...path.map(linkSentence), `${clause.parent.name} needs ${needed}`],
    where: wish?.where,
    package: clause.parent.name,
  };
}

/** `trixie has 1.25.0+ds-1`, or that there is nothing of that name. */
function inFeeds(state: AptState, name: string): string {
  const { versions, provisions } = state.targets.named(name);
  const real = versions.map((version) => `${version.suite ?? version.feed} has ${version.version}`);
  if (real.length > 0) return real.join(' and ');
  const [first] = provisions;
  if (first === undefined) return `there is no package ${name}`;
  return `${name} is only provided by ${first.owner.name} ${first.owner.version}`;
}

function explainConflict(state: AptState, forced: Forced, clause: Clause): Explanation {
  const [enemy] = enemiesOf(state, clause, (version) => forced.reasons.has(version));
  const parties = enemy === undefined ? [clause.parent] : [clause.parent, enemy];
  const sentence = conflictSentence(clause, enemy);
  return {
    kind: 'conflict',
    summary: `${parties.map((party) => whoNeeds(forced, party)).join(' and ')} exclude each other: ${sentence}`,
    chain: [...new Set(parties.flatMap((party) => chainTo(forced, party))), sentence],
    where: rootWhere(forced, clause.parent),
    package: clause.parent.name,
  };
}

function explainDeadEnd(
  state: AptState,
  forced: Forced,
  { clause, exclusions }: NonNullable<Forced['deadEnd']>,
): Explanation {
  const needed = formatDependency(clause.relations);
  const sentences = exclusions.map((exclusion) =>
    conflictSentence(exclusion, enemiesOf(state, exclusion, () => true)[0]),
  );
  const parties = exclusions.flatMap((exclusion) => [exclusion.parent, ...enemiesOf(state, exclusion, () => true)]);
  const unavoidable = parties.filter((party) => forced.reasons.has(party));
  const why = sentences.length > 0 ? `that is excluded: ${[...new Set(sentences)].join('; ')}` : 'no feed has that';
  return {
    kind: sentences.length > 0 ? 'conflict' : 'unsatisfiable',
    summary: `${whoNeeds(forced, clause.parent)} needs ${needed}, and ${why}`,
    chain: [
      ...new Set([clause.parent, ...unavoidable].flatMap((party) => chainTo(forced, party))),
      `${clause.parent.name} needs ${needed}`,
      ...new Set(sentences),
    ],
    where: rootWhere(forced, clause.parent),
    package: clause.parent.name,
  };
}

function explainBroken(state: AptState, forced: Forced): Explanation {
  const broken = state.installed().filter((pkg) => state.isBroken(pkg));
  const unmet = broken.flatMap(({ install }) =>
    install === undefined ? [] : state.clausesOf(install).filter((clause) => !state.holds(clause)),
  );
  const sentences = unmet.map((clause) =>
    clause.negative
      ? conflictSentence(clause, undefined)
      : `${clause.parent.name} needs ${formatDependency(clause.relations)}, which cannot be installed with the rest`,
  );
  const [first] = unmet;
  return {
    kind: 'conflict',
    summary: sentences[0] ?? 'The packages cannot be installed together',
    chain: [...(first === undefined ? [] : chainTo(forced, first.parent)), ...sentences],
    where: first === undefined ? undefined : rootWhere(forced, first.parent),
    package: first?.parent.name,
  };
}

function conflictSentence({ parent, field, relations }: Clause, enemy: DebPackage | undefined): string {
  const [relation] = relations;
  const verb = field === 'Breaks' ? 'breaks' : 'conflicts with';
  const provided = enemy !== undefined && enemy.name !== relation?.name ? `, which ${enemy.name} provides` : '';
  return `${parent.name} ${verb} ${relation === undefined ? '' : formatRelation(relation)}${provided}`;
}

/** `postfix (kilopy.yaml:3:5)`, or `libfoo, which app (kilopy.yaml:3:5) needs,`. */
function whoNeeds(forced: Forced, party: DebPackage): string {
  const [root] = chainOf(party, reasonIn(forced));
  if (root?.reason.kind !== 'wish') return party.name;
  const place = `${root.package.name}${wishPlace(root.reason.wish)}`;
  return root.package === party ? place : `${party.name}, which ${place} needs,`;
}

function chainTo(forced: Forced, party: DebPackage): readonly string[] {
  return chainOf(party, reasonIn(forced)).map(linkSentence);
}

function rootWhere(forced: Forced, party: DebPackage): Explanation['where'] {
  const [root] = chainOf(party, reasonIn(forced));
  return root?.reason.kind === 'wish' ? root.reason.wish.where : undefined;
}

function reasonIn(forced: Forced): (one: SolvePackage) => Reason | undefined {
  const reasons: ReadonlyMap<SolvePackage, Reason> = forced.reasons;
  return (one) => reasons.get(one);
}
