import type { ApkName, ApkNode, ApkUniverse } from './universe.ts';

/** What a world can lead to. */
export interface Discovery {
  isKnown(name: ApkName): boolean;
  /** Where a name stands among those that wait for a decision; the highest is decided first. */
  rankOf(name: ApkName): number;
}

/**
 * Walks through every name that the wished ones can lead to, and ranks them: the deeper a name lies the lower, wished
 * names above all others, and names that no package is called by below all (apk-tools 3.0.6, solver.c: a name is decided
 * after what depends on it, as far as there are no loops). The walk is apk's, depth first; lists that several visits go
 * through are gone through once, because a later visit would only find names that are known.
 */
export function discover(universe: ApkUniverse, wished: readonly ApkName[]): Discovery {
  const walk = new Walk(universe.nameCount, universe.nodeCount);
  for (const name of wished) walk.from(name);
  const asked = new Set(wished);
  return {
    isKnown: ({ id }) => walk.known[id] === 1,
    // apk compares these as signed numbers, in which the highest bit, set for names that were not asked for, is the sign.
    rankOf: (name) =>
      (walk.ranks[name.id] ?? 0) +
      (asked.has(name) ? ofWished : 0) +
      (name.providers.some(({ node }) => node.name === name) ? ofPackages : 0),
  };
}

/** Above every count. */
const ofWished = 2 ** 40;
const ofPackages = 2 ** 36;

/** A visit to a name, and how far it has come. */
interface Visit {
  readonly name: ApkName;
  stage: 'depends' | 'triggered' | 'provides' | 'installIf';
  provider: number;
  /** Index among the dependencies of the provider; -1 before them. */
  dependency: number;
}

class Walk {
  readonly known: Uint8Array;
  readonly ranks: Int32Array;
  private lastRank = 0;
  private readonly seen: Uint8Array;
  /** How far each list has been gone through, whoever did it. */
  private readonly providesDone: Int32Array;
  private readonly installIfDone: Int32Array;
  private readonly triggeredDone: Int32Array;

  constructor(nameCount: number, nodeCount: number) {
    this.known = new Uint8Array(nameCount);
    this.ranks = new Int32Array(nameCount);
    this.triggeredDone = new Int32Array(nameCount);
    this.seen = new Uint8Array(nodeCount);
    this.providesDone = new Int32Array(nodeCount);
    this.installIfDone = new Int32Array(nodeCount);
  }

  from(start: ApkName): void {
    const visits: Visit[] = [];
    let next: ApkName | undefined = this.known[start.id] === 1 ? undefined : start;
    for (;;) {
      if (next !== undefined) {
        this.known[next.id] = 1;
        visits.push({ name: next, stage: 'depends', provider: 0, dependency: -1 });
      }
      const visit = visits.at(-1);
      if (visit === undefined) return;
      next = this.step(visit);
      if (next === undefined) visits.pop();
    }
  }

  /** The next name that is not known yet; undefined when the visit is over. */
  private step(visit: Visit): ApkName | undefined {
    const { name } = visit;
    if (visit.stage === 'depends') {
      const found = this.nextOfDepends(visit);
      if (found !== undefined) return found;
      visit.stage = 'triggered';
    }
    if (visit.stage === 'triggered') {
      const found = this.nextTriggered(name);
      if (found !== undefined) return found;
      visit.stage = 'provides';
      visit.provider = 0;
    }
    if (visit.stage === 'provides') {
      for (; visit.provider < name.providers.length; visit.provider += 1) {
        const node = name.providers[visit.provider]?.node;
        const found = node === undefined ? undefined : (this.nextTriggered(node.name) ?? this.nextProvided(node));
        if (found !== undefined) return found;
      }
      this.lastRank += 1;
      this.ranks[name.id] = this.lastRank;
      visit.stage = 'installIf';
      visit.provider = 0;
    }
    for (; visit.provider < name.providers.length; visit.provider += 1) {
      const node = name.providers[visit.provider]?.node;
      const found = node === undefined ? undefined : this.nextTrigger(node);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Only the visit that sees a package first goes through its dependencies; others do not wait for it. */
  private nextOfDepends(visit: Visit): ApkName | undefined {
    const { providers } = visit.name;
    for (; visit.provider < providers.length; visit.provider += 1) {
      const node = providers[visit.provider]?.node;
      if (node === undefined) continue;
      if (visit.dependency === -1) {
        if (this.seen[node.id] === 1) continue;
        this.seen[node.id] = 1;
        visit.dependency = 0;
      }
      while (visit.dependency < node.depends.length) {
        const link = node.depends[visit.dependency];
        visit.dependency += 1;
        if (link !== undefined && this.known[link.name.id] !== 1) return link.name;
      }
      visit.dependency = -1;
    }
    return undefined;
  }

  private nextTriggered({ id, triggered }: ApkName): ApkName | undefined {
    for (let at = this.triggeredDone[id] ?? 0; at < triggered.length; at += 1) {
      const name = triggered[at];
      if (name === undefined || this.known[name.id] === 1) continue;
      this.triggeredDone[id] = at + 1;
      return name;
    }
    this.triggeredDone[id] = triggered.length;
    return undefined;
  }

  private nextProvided({ id, provides }: ApkNode): ApkName | undefined {
    for (let at = this.providesDone[id] ?? 0; at < provides.length; at += 1) {
      const name = provides[at]?.name;
      if (name === undefined || this.known[name.id] === 1) continue;
      this.providesDone[id] = at + 1;
      return name;
    }
    this.providesDone[id] = provides.length;
    return undefined;
  }

  private nextTrigger({ id, installIf }: ApkNode): ApkName | undefined {
    for (let at = this.installIfDone[id] ?? 0; at < installIf.length; at += 1) {
      const name = installIf[at]?.name;
      if (name === undefined || this.known[name.id] === 1) continue;
      this.installIfDone[id] = at + 1;
      return name;
    }
    this.installIfDone[id] = installIf.length;
    return undefined;
  }
}
