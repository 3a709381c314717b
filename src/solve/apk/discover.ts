import type { ApkGraph, NumberLists } from './graph.ts';
import type { ApkName, ApkUniverse } from './universe.ts';

/** What a world can lead to. */
export interface Discovery {
  /** By the id of a name. */
  isKnown(id: number): boolean;
  /** Where a name stands among those that wait for a decision; the highest is decided first. */
  rankOf(id: number): number;
}

/**
 * Walks through every name that the wished ones can lead to, and ranks them: the deeper a name lies the lower, wished
 * names above all others, and names that no package is called by below all (apk-tools 3.0.6, solver.c: a name is decided
 * after what depends on it, as far as there are no loops). The walk is apk's, depth first; lists that several visits go
 * through are gone through once, because a later visit would only find names that are known.
 */
export function discover(universe: ApkUniverse, wished: readonly ApkName[]): Discovery {
  const { graph } = universe;
  const walk = new Walk(graph, universe.nameCount);
  for (const { id } of wished) walk.from(id);
  const asked = new Set(wished.map(({ id }) => id));
  return {
    isKnown: (id) => walk.known[id] === 1,
    // apk compares these as signed numbers, in which the highest bit, set for names that were not asked for, is the sign.
    rankOf: (id) =>
      (walk.ranks[id] ?? 0) + (asked.has(id) ? ofWished : 0) + (isPackageName(graph, id) ? ofPackages : 0),
  };
}

/** Whether a package is called so, and not only provides it. */
function isPackageName({ providers, nodeNames }: ApkGraph, id: number): boolean {
  const end = providers.starts[id + 1] ?? 0;
  for (let at = providers.starts[id] ?? 0; at < end; at += 1)
    if (nodeNames[providers.items[at] ?? 0] === id) return true;
  return false;
}

/** Above every count. */
const ofWished = 2 ** 40;
const ofPackages = 2 ** 36;

/** A visit to a name, and how far it has come. */
interface Visit {
  readonly name: number;
  stage: 'depends' | 'triggered' | 'provides' | 'installIf';
  /** Place among the providers of the name. */
  provider: number;
  /** Place among the dependencies of the provider; -1 before them. */
  dependency: number;
}

/** No name. */
const none = -1;

class Walk {
  readonly known: Uint8Array;
  readonly ranks: Int32Array;
  private lastRank = 0;
  private readonly graph: ApkGraph;
  private readonly seen: Uint8Array;
  /** How many of each list have been gone through, whoever did it. */
  private readonly providesDone: Int32Array;
  private readonly installIfDone: Int32Array;
  private readonly triggeredDone: Int32Array;

  constructor(graph: ApkGraph, nameCount: number) {
    const nodeCount = graph.nodeNames.length;
    this.graph = graph;
    this.known = new Uint8Array(nameCount);
    this.ranks = new Int32Array(nameCount);
    this.triggeredDone = new Int32Array(nameCount);
    this.seen = new Uint8Array(nodeCount);
    this.providesDone = new Int32Array(nodeCount);
    this.installIfDone = new Int32Array(nodeCount);
  }

  from(start: number): void {
    const visits: Visit[] = [];
    let next = this.known[start] === 1 ? none : start;
    for (;;) {
      if (next !== none) {
        this.known[next] = 1;
        visits.push({
          name: next,
          stage: 'depends',
          provider: this.graph.providers.starts[next] ?? 0,
          dependency: -1,
        });
      }
      const visit = visits.at(-1);
      if (visit === undefined) return;
      next = this.step(visit);
      if (next === none) visits.pop();
    }
  }

  /** The next name that is not known yet; none when the visit is over. */
  private step(visit: Visit): number {
    const { triggered, provides, installIf, providers, nodeNames } = this.graph;
    const { name } = visit;
    const start = providers.starts[name] ?? 0;
    const end = providers.starts[name + 1] ?? 0;
    if (visit.stage === 'depends') {
      const found = this.nextOfDepends(visit, end);
      if (found !== none) return found;
      visit.stage = 'triggered';
    }
    if (visit.stage === 'triggered') {
      const found = this.nextOf(triggered, name, this.triggeredDone);
      if (found !== none) return found;
      visit.stage = 'provides';
      visit.provider = start;
    }
    if (visit.stage === 'provides') {
      for (; visit.provider < end; visit.provider += 1) {
        const node = providers.items[visit.provider] ?? 0;
        let found = this.nextOf(triggered, nodeNames[node] ?? 0, this.triggeredDone);
        if (found === none) found = this.nextOf(provides, node, this.providesDone);
        if (found !== none) return found;
      }
      this.lastRank += 1;
      this.ranks[name] = this.lastRank;
      visit.stage = 'installIf';
      visit.provider = start;
    }
    for (; visit.provider < end; visit.provider += 1) {
      const found = this.nextOf(installIf, providers.items[visit.provider] ?? 0, this.installIfDone);
      if (found !== none) return found;
    }
    return none;
  }

  /** Only the visit that sees a package first goes through its dependencies; others do not wait for it. */
  private nextOfDepends(visit: Visit, end: number): number {
    const { providers, depends } = this.graph;
    for (; visit.provider < end; visit.provider += 1) {
      const node = providers.items[visit.provider] ?? 0;
      if (visit.dependency === -1) {
        if (this.seen[node] === 1) continue;
        this.seen[node] = 1;
        visit.dependency = depends.starts[node] ?? 0;
      }
      const last = depends.starts[node + 1] ?? 0;
      while (visit.dependency < last) {
        const name = depends.items[visit.dependency] ?? 0;
        visit.dependency += 1;
        if (this.known[name] !== 1) return name;
      }
      visit.dependency = -1;
    }
    return none;
  }

  private nextOf(lists: NumberLists, owner: number, done: Int32Array): number {
    const start = lists.starts[owner] ?? 0;
    const count = (lists.starts[owner + 1] ?? 0) - start;
    for (let at = done[owner] ?? 0; at < count; at += 1) {
      const name = lists.items[start + at] ?? 0;
      if (this.known[name] === 1) continue;
      done[owner] = at + 1;
      return name;
    }
    done[owner] = count;
    return none;
  }
}
