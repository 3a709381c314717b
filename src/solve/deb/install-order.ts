import type { AptState } from './apt-state.ts';
import type { Clause } from './clause.ts';
import type { DebPackage } from './deb-package.ts';

/**
 * The packages so that each comes after what it depends on, ties bytewise by name. In a cycle the packages come first
 * whose Pre-Depends are there already, then those with the fewest dependencies open, then by name.
 */
export function installOrder(state: AptState, packages: readonly DebPackage[]): readonly DebPackage[] {
  const members = new Set(packages);
  const needs = new Map(packages.map((one) => [one, neededBy(state, one, members)] as const));
  const waiting = new Set([...packages].sort((a, b) => (a.name < b.name ? -1 : 1)));
  const placed = new Set<DebPackage>();
  const cycles = cycleOf(packages, needs);
  while (waiting.size > 0) {
    const next = firstReady(waiting, placed, needs) ?? fromCycle(waiting, placed, needs, cycles);
    waiting.delete(next);
    placed.add(next);
  }
  return [...placed];
}

interface Needs {
  readonly all: ReadonlySet<DebPackage>;
  readonly before: ReadonlySet<DebPackage>;
}

function neededBy(state: AptState, version: DebPackage, members: ReadonlySet<DebPackage>): Needs {
  const needed = (clauses: readonly Clause[]): ReadonlySet<DebPackage> =>
    new Set(
      clauses
        .filter((clause) => !clause.negative)
        .flatMap((clause) => clause.relations.flatMap((relation) => state.targets.solutions(clause, relation)))
        .filter((other) => members.has(other) && other !== version),
    );
  const clauses = state.clausesOf(version);
  return { all: needed(clauses), before: needed(clauses.filter(({ field }) => field === 'Pre-Depends')) };
}

function firstReady(
  waiting: ReadonlySet<DebPackage>,
  placed: ReadonlySet<DebPackage>,
  needs: ReadonlyMap<DebPackage, Needs>,
): DebPackage | undefined {
  for (const one of waiting) if (openCount(needs.get(one)?.all, placed) === 0) return one;
  return undefined;
}

/** Nothing is ready: the best member of a cycle that waits for nothing but itself. */
function fromCycle(
  waiting: ReadonlySet<DebPackage>,
  placed: ReadonlySet<DebPackage>,
  needs: ReadonlyMap<DebPackage, Needs>,
  cycles: ReadonlyMap<DebPackage, number>,
): DebPackage {
  const closed = [...waiting].filter((one) => waitsOnlyInside(one, waiting, needs, cycles));
  const byNeed = closed.sort((a, b) => {
    const [left, right] = [needs.get(a), needs.get(b)];
    return (
      openCount(left?.before, placed) - openCount(right?.before, placed) ||
      openCount(left?.all, placed) - openCount(right?.all, placed) ||
      (a.name < b.name ? -1 : 1)
    );
  });
  const [best] = byNeed;
  if (best === undefined) throw new Error('a graph without a closed component');
  return best;
}

function waitsOnlyInside(
  one: DebPackage,
  waiting: ReadonlySet<DebPackage>,
  needs: ReadonlyMap<DebPackage, Needs>,
  cycles: ReadonlyMap<DebPackage, number>,
): boolean {
  const cycle = cycles.get(one);
  return [...waiting]
    .filter((member) => cycles.get(member) === cycle)
    .every((member) =>
      [...(needs.get(member)?.all ?? [])].every((need) => !waiting.has(need) || cycles.get(need) === cycle),
    );
}

function openCount(needed: ReadonlySet<DebPackage> | undefined, placed: ReadonlySet<DebPackage>): number {
  let open = 0;
  for (const one of needed ?? []) if (!placed.has(one)) open += 1;
  return open;
}

/** Tarjan's strongly connected components, without recursion: the number of each package's component. */
function cycleOf(
  packages: readonly DebPackage[],
  needs: ReadonlyMap<DebPackage, Needs>,
): ReadonlyMap<DebPackage, number> {
  const component = new Map<DebPackage, number>();
  const index = new Map<DebPackage, number>();
  const lowest = new Map<DebPackage, number>();
  const open: DebPackage[] = [];
  const path: { readonly one: DebPackage; readonly rest: Iterator<DebPackage> }[] = [];

  const enter = (one: DebPackage): void => {
    index.set(one, index.size);
    lowest.set(one, index.size - 1);
    open.push(one);
    path.push({ one, rest: (needs.get(one)?.all ?? new Set<DebPackage>()).values() });
  };
  const lower = (one: DebPackage, value: number): void => {
    lowest.set(one, Math.min(lowest.get(one) ?? value, value));
  };
  const leave = (one: DebPackage): void => {
    const own = index.get(one) ?? 0;
    const reached = lowest.get(one) ?? own;
    const parent = path.at(-1);
    if (parent !== undefined) lower(parent.one, reached);
    if (reached < own) return;
    for (let member = open.pop(); member !== undefined; member = open.pop()) {
      component.set(member, own);
      if (member === one) break;
    }
  };

  for (const start of packages) {
    if (!index.has(start)) enter(start);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const next = top.rest.next();
      if (next.done === true) {
        path.pop();
        leave(top.one);
      } else if (!index.has(next.value)) {
        enter(next.value);
      } else if (!component.has(next.value)) {
        lower(top.one, index.get(next.value) ?? 0);
      }
    }
  }
  return component;
}
