import { nearest } from '../../errors/nearest.ts';
import { chainOf, linkSentence } from '../chain.ts';
import type { Explanation, Reason, Solution, VersionRules, Wish } from '../problem.ts';
import { emptyDisk, clashOf, layFiles, ownFiles } from './disk.ts';
import type { OpkgDependency, OpkgPackage, OpkgRelation } from './opkg-package.ts';
import type { OpkgProblem } from './solve-compat.ts';
import type { OpkgUniverse } from './universe.ts';

/** How many packages are tried before the answer is that there is none. */
const mostTries = 100_000;

/** What is still to be met. `finish` puts a package into the plan when everything it needs is there. */
type Goal =
  | { readonly kind: 'need'; readonly dependency: OpkgDependency; readonly reason: Reason }
  | { readonly kind: 'finish'; readonly package: OpkgPackage };

interface Goals {
  readonly goal: Goal;
  readonly rest: Goals | undefined;
}

interface Search {
  readonly universe: OpkgUniverse;
  readonly rules: VersionRules;
  readonly wished: ReadonlySet<string>;
  readonly chosen: Map<string, OpkgPackage>;
  readonly reasons: Map<OpkgPackage, Reason>;
  readonly order: OpkgPackage[];
  tries: number;
  /** The first dead end: of the choices that opkg would have made. */
  failure: Explanation | undefined;
}

/**
 * Packages that fit together. The choice between providers is opkg's; what opkg gets wrong is not followed: `<<` and `>>`
 * are strict, a conflict counts whichever side tells it, another choice is tried when the first leads nowhere, and without
 * a solution nothing is installed.
 */
export function solveOpkg(problem: OpkgProblem): Solution {
  const { universe, wishes, rules, filesOf } = problem;
  const parsed = wishes.map((wish) => ({ wish, relation: parseWish(wish) }));
  const search: Search = {
    universe,
    rules,
    wished: new Set(parsed.map(({ relation }) => relation.name)),
    chosen: new Map(),
    reasons: new Map(),
    order: [],
    tries: 0,
    failure: undefined,
  };
  const hand = universe.byHand.map((pkg) =>
    wishGoal({ name: pkg.name, operator: '=', version: pkg.version }, { text: pkg.name }),
  );
  const goals = [...hand, ...parsed.map(({ wish, relation }) => wishGoal(relation, wish))];
  if (!meet(search, listOf(goals, undefined))) {
    return { ok: false, explanation: search.failure ?? tooHard(wishes) };
  }
  const clash = filesOf === undefined ? undefined : findClash(search.order, filesOf);
  if (clash !== undefined) return { ok: false, explanation: clash };
  return { ok: true, plan: { steps: search.order.map((pkg) => ({ package: pkg, reason: reasonOf(search, pkg) })) } };
}

/** `name`, or `name=1.0` and the like. */
function parseWish({ text }: Wish): OpkgRelation {
  const [, name, operator, version] = /^([^<>=\s]+)\s*(?:(<<|<=|>=|>>|=|<|>)\s*(\S+))?$/u.exec(text.trim()) ?? [];
  return { name: name ?? text, operator, version };
}

function wishGoal(relation: OpkgRelation, wish: Wish): Goal {
  const dependency: OpkgDependency = { kind: 'depends', alternatives: [relation], text: wish.text };
  return { kind: 'need', dependency, reason: { kind: 'wish', wish } };
}

function listOf(goals: readonly Goal[], rest: Goals | undefined): Goals | undefined {
  return goals.reduceRight<Goals | undefined>((tail, goal) => ({ goal, rest: tail }), rest);
}

/** Meets all goals, or leaves everything as it was. */
function meet(search: Search, goals: Goals | undefined): boolean {
  const mark = search.order.length;
  let current = goals;
  while (current !== undefined) {
    const { goal, rest } = current;
    if (goal.kind === 'finish') search.order.push(goal.package);
    else if (!isMet(search, goal.dependency)) {
      if (tryAll(search, goal.dependency, goal.reason, rest)) return true;
      search.order.length = mark;
      return false;
    }
    current = rest;
  }
  return true;
}

function tryAll(search: Search, dependency: OpkgDependency, reason: Reason, rest: Goals | undefined): boolean {
  if (dependency.kind === 'suggests') return meet(search, rest);
  const candidates = candidatesOf(search, dependency, reason.kind === 'wish');
  const obstacles: string[] = [];
  for (const pkg of candidates) {
    search.tries += 1;
    if (search.tries > mostTries) return false;
    const obstacle = obstacleOf(search, pkg);
    if (obstacle !== undefined) {
      obstacles.push(obstacle);
      continue;
    }
    search.chosen.set(pkg.name, pkg);
    search.reasons.set(pkg, reason);
    const needs = pkg.depends
      .flatMap((one) => eachOf(search, one))
      .map((one): Goal => {
        return {
          kind: 'need',
          dependency: one,
          reason: { kind: 'depends', by: pkg, dependency: one.text, field: 'Depends' },
        };
      });
    if (meet(search, listOf([...needs, { kind: 'finish', package: pkg }], rest))) return true;
    search.chosen.delete(pkg.name);
  }
  if (dependency.kind !== 'depends') return meet(search, rest);
  search.failure ??= explain(search, dependency, reason, obstacles);
  return false;
}

/** `name *` wants all that provide it, each where it can be had. */
function eachOf({ universe }: Search, dependency: OpkgDependency): readonly OpkgDependency[] {
  if (dependency.kind !== 'greedy') return [dependency];
  return dependency.alternatives
    .flatMap(({ name }) => universe.named(name)?.providedBy ?? [])
    .map(({ name }) => ({ kind: 'recommends', alternatives: [{ name }], text: dependency.text }));
}

function isMet({ chosen, rules }: Search, dependency: OpkgDependency): boolean {
  return [...chosen.values()].some((pkg) => {
    return dependency.alternatives.some((relation) => meets(rules, relation, pkg));
  });
}

function meets(rules: VersionRules, relation: OpkgRelation, pkg: OpkgPackage): boolean {
  const { name, operator, version } = relation;
  if (pkg.name !== name && !pkg.provides.includes(name)) return false;
  return version === undefined || (operator !== undefined && rules.satisfies(pkg.version, operator, version));
}

/** Best first: alternatives as they are written; of providers the very name, then what is asked for, then as opkg. */
function candidatesOf(
  { universe, rules, wished }: Search,
  { alternatives }: OpkgDependency,
  isWish: boolean,
): OpkgPackage[] {
  const found = alternatives.flatMap((relation) => {
    const packages = (universe.named(relation.name)?.providedBy ?? [])
      .flatMap((provider) => provider.packages)
      .filter((pkg) => meets(rules, relation, pkg));
    const score = ({ name }: OpkgPackage): number => (name === relation.name ? 1 : 0) + (wished.has(name) ? 1 : 0);
    return packages.toSorted((a, b) => {
      const byName = Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));
      // Asked for by a virtual name, opkg takes the first provider; for a dependency the last.
      return (
        score(b) - score(a) ||
        (isWish ? byName : -byName) ||
        rules.compare(b.version, a.version) ||
        universe.priority(b.architecture) - universe.priority(a.architecture)
      );
    });
  });
  return [...new Set(found)];
}

/** Why a package cannot stand beside those that are chosen. */
function obstacleOf({ chosen, rules }: Search, pkg: OpkgPackage): string | undefined {
  const other = chosen.get(pkg.name);
  if (other !== undefined) return `${pkg.name} ${other.version} is chosen already`;
  for (const one of chosen.values()) {
    if (excludes(rules, pkg, one)) return `${pkg.name} conflicts with ${one.name}`;
    if (excludes(rules, one, pkg)) return `${one.name} conflicts with ${pkg.name}`;
  }
  return undefined;
}

function excludes(rules: VersionRules, pkg: OpkgPackage, other: OpkgPackage): boolean {
  return pkg.conflicts.some(({ alternatives }) =>
    alternatives.some((relation) => {
      // Only the very name: packages conflict with what they provide themselves, to be the only provider.
      return relation.name === other.name && other.name !== pkg.name && meets(rules, relation, other);
    }),
  );
}

function explain(
  search: Search,
  dependency: OpkgDependency,
  reason: Reason,
  obstacles: readonly string[],
): Explanation {
  const by = reason.kind === 'depends' ? reason.by : undefined;
  const chain = by === undefined ? [] : chainOf(by, (one) => search.reasons.get(one as OpkgPackage)).map(linkSentence);
  const who = by === undefined ? '' : `${by.name} needs `;
  const [relation] = dependency.alternatives;
  const where = reason.kind === 'wish' ? reason.wish.where : undefined;
  const common = { chain, where, package: relation?.name };
  if (obstacles.length > 0) {
    const [first = ''] = obstacles;
    const summary = by === undefined ? first : `${who}${dependency.text}, but ${first}`;
    return { kind: 'conflict', summary, ...common, chain: [...chain, ...obstacles.slice(1)] };
  }
  const others = dependency.alternatives
    .flatMap(({ name }) => search.universe.named(name)?.providedBy ?? [])
    .flatMap(({ packages }) => packages.map(({ name, version }) => `${name} ${version}`));
  if (others.length > 0) {
    const summary = `${who}${dependency.text}${by === undefined ? ' is not there' : ''}: the feeds have ${others.join(', ')}`;
    return { kind: 'unsatisfiable', summary, ...common };
  }
  const names = [...search.universe.names].filter(({ providedBy }) => providedBy.length > 0).map(({ name }) => name);
  const suggestions = by === undefined ? nearest(relation?.name ?? '', names, 3) : [];
  const summary = by === undefined ? `no feed has ${dependency.text}` : `${who}${dependency.text}, which no feed has`;
  return { kind: by === undefined ? 'unknown-package' : 'unsatisfiable', summary, ...common, suggestions };
}

function findClash(
  order: readonly OpkgPackage[],
  filesOf: NonNullable<OpkgProblem['filesOf']>,
): Explanation | undefined {
  const disk = emptyDisk(filesOf);
  for (const pkg of order) {
    const clash = clashOf(disk, pkg, []);
    if (clash !== undefined) {
      const summary = `${pkg.name} and ${clash.owner?.name ?? 'another package'} both bring /${clash.path}`;
      return { kind: 'conflict', summary, chain: [], package: pkg.name };
    }
    ownFiles(disk, pkg, undefined);
    layFiles(disk, pkg);
  }
  return undefined;
}

function reasonOf({ reasons }: Search, pkg: OpkgPackage): Reason {
  return reasons.get(pkg) ?? { kind: 'wish', wish: { text: pkg.name } };
}

function tooHard(wishes: readonly Wish[]): Explanation {
  const summary = `no set of packages was found for ${wishes.map(({ text }) => text).join(', ')}`;
  return { kind: 'unsatisfiable', summary, chain: [`${String(mostTries)} choices were tried`] };
}
