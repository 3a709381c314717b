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
  const { known, ranks } = walk(graph, universe.nameCount, wished);
  const asked = new Set(wished.map(({ id }) => id));
  return {
    isKnown: (id) => known[id] === 1,
    // apk compares these as signed numbers, in which the highest bit, set for names that were not asked for, is the sign.
    rankOf: (id) => (ranks[id] ?? 0) + (asked.has(id) ? ofWished : 0) + (isPackageName(graph, id) ? ofPackages : 0),
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

/** No name, and no dependency. */
const none = -1;

/** How far a visit to a name has come. */
const inDepends = 0;
const inTriggered = 1;
const inProvides = 2;
const inInstallIf = 3;

interface Walked {
  /** By name: 1 for those that were visited. */
  readonly known: Uint8Array;
  /** By name: when its visit had seen everything below it. */
  readonly ranks: Int32Array;
}

/**
 * Its visits are a stack of numbers: it runs once in a process, thousands of visits before V8 has compiled anything, and
 * objects, their fields and small calls are what the interpreter is slowest at.
 */
function walk({ nodeNames, ...graph }: ApkGraph, nameCount: number, wished: readonly ApkName[]): Walked {
  const { starts: providerStarts, items: providers } = graph.providers;
  const { starts: dependsStarts, items: depends } = graph.depends;
  const triggered = unfinished(graph.triggered);
  const provides = unfinished(graph.provides);
  const installIf = unfinished(graph.installIf);
  const known = new Uint8Array(nameCount);
  const ranks = new Int32Array(nameCount);
  const seen = new Uint8Array(nodeNames.length);
  // Of each visit: its name, how far it is, its place among the providers, and among the dependencies of one of them.
  const names = new Int32Array(nameCount);
  const stages = new Uint8Array(nameCount);
  const places = new Int32Array(nameCount);
  const dependencies = new Int32Array(nameCount);
  let lastRank = 0;

  function begin(depth: number, name: number): void {
    known[name] = 1;
    names[depth] = name;
    stages[depth] = inDepends;
    places[depth] = providerStarts[name] ?? 0;
    dependencies[depth] = none;
  }

  /** The next name that is not known yet; none when the visit is over. */
  function goOn(depth: number): number {
    const name = names[depth] ?? 0;
    const start = providerStarts[name] ?? 0;
    const end = providerStarts[name + 1] ?? 0;
    const stage = stages[depth] ?? 0;
    let place = places[depth] ?? 0;
    let next = none;
    if (stage === inDepends) {
      next = nextOfDepends(depth, place, end);
      if (next !== none) return next;
    }
    if (stage <= inTriggered) {
      next = nextOf(triggered, name, known);
      stages[depth] = next === none ? inProvides : inTriggered;
      if (next !== none) return next;
      place = start;
    }
    if (stage <= inProvides) {
      for (; place < end; place += 1) {
        const node = providers[place] ?? 0;
        const called = nodeNames[node] ?? 0;
        // Its own triggered names have been gone through above.
        if (called !== name) next = nextOf(triggered, called, known);
        if (next === none) next = nextOf(provides, node, known);
        if (next === none) continue;
        places[depth] = place;
        return next;
      }
      lastRank += 1;
      ranks[name] = lastRank;
      stages[depth] = inInstallIf;
      place = start;
    }
    for (; place < end; place += 1) {
      next = nextOf(installIf, providers[place] ?? 0, known);
      if (next === none) continue;
      places[depth] = place;
      return next;
    }
    return none;
  }

  /** Only the visit that sees a package first goes through its dependencies; others do not wait for it. */
  function nextOfDepends(depth: number, from: number, end: number): number {
    let at = dependencies[depth] ?? 0;
    for (let place = from; place < end; place += 1) {
      const node = providers[place] ?? 0;
      if (at === none) {
        if (seen[node] === 1) continue;
        seen[node] = 1;
        at = dependsStarts[node] ?? 0;
      }
      const last = dependsStarts[node + 1] ?? 0;
      while (at < last) {
        const needed = depends[at] ?? 0;
        at += 1;
        if (known[needed] === 1) continue;
        places[depth] = place;
        dependencies[depth] = at;
        return needed;
      }
      at = none;
    }
    return none;
  }

  for (const { id } of wished) {
    if (known[id] === 1) continue;
    begin(0, id);
    for (let depth = 0; depth >= 0;) {
      const next = goOn(depth);
      depth += next === none ? -1 : 1;
      if (next !== none) begin(depth, next);
    }
  }
  return { known, ranks };
}

/** Lists, and where each goes on, whoever went through it: what lies before is known. */
interface Unfinished {
  readonly starts: Int32Array;
  readonly items: Int32Array;
  readonly next: Int32Array;
}

function unfinished({ starts, items }: NumberLists): Unfinished {
  return { starts, items, next: starts.slice() };
}

/** The next name of a list that is not known yet. */
function nextOf({ starts, items, next }: Unfinished, owner: number, known: Uint8Array): number {
  const end = starts[owner + 1] ?? 0;
  let at = next[owner] ?? 0;
  while (at < end) {
    const name = items[at] ?? 0;
    at += 1;
    if (known[name] !== 1) {
      next[owner] = at;
      return name;
    }
  }
  next[owner] = at;
  return none;
}
