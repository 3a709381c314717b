import type { ApkDependency, ApkRepository } from './apk-package.ts';
import { nameBucket, nameBuckets } from './name-hash.ts';

/** A list of numbers for each of many things: those of thing `i` stand from `starts[i]` to `starts[i + 1]`. */
export interface NumberLists {
  readonly starts: Int32Array;
  readonly items: Int32Array;
}

/** Lists of dependencies: of each, the name and its condition. */
export interface LinkLists extends NumberLists {
  /** Beside `items`: index among the conditions. */
  readonly conditions: Int32Array;
}

/**
 * The names and packages ("nodes") of several repositories and how they hang together, in numbers: an index with tens of
 * thousands of names is there at once, and what a solution never touches is never an object.
 */
export interface ApkGraph {
  /** By id, in the order in which they were first mentioned. */
  readonly names: readonly string[];
  /** `!`, operator and version as a dependency writes them behind its name; 0 is the empty one. */
  readonly conditions: readonly string[];
  /** Of each node: its name, and the repositories that have it as bits. */
  readonly nodeNames: Int32Array;
  readonly nodeRepositories: Int32Array;
  /** Of each node. */
  readonly depends: LinkLists;
  readonly provides: LinkLists;
  readonly installIf: LinkLists;
  /** Of each name its nodes, in the order of the indexes; the condition is -1 for the package's own version. */
  readonly providers: LinkLists;
  /** Of each name the names that depend on it, or are triggered by it, in the order of apk's table of names. */
  readonly dependents: NumberLists;
  readonly triggered: NumberLists;
}

/** Whether a package that has or provides the name can be triggered by others. */
export function hasTriggers({ providers, installIf }: ApkGraph, name: number): boolean {
  const end = providers.starts[name + 1] ?? 0;
  for (let at = providers.starts[name] ?? 0; at < end; at += 1) {
    const node = providers.items[at] ?? 0;
    if (installIf.starts[node] !== installIf.starts[node + 1]) return true;
  }
  return false;
}

export interface BuiltGraph {
  readonly graph: ApkGraph;
  /** For each node the repository that it comes from, and its place there. */
  readonly places: readonly (readonly [repository: number, index: number])[];
}

/**
 * Builds the graph. The order of everything in it is apk's: providers as the indexes list them, dependents and triggered
 * names in the order in which apk's table of names holds them, which decides the order of what install_if brings.
 */
export function buildGraph(repositories: readonly ApkRepository[]): BuiltGraph {
  const names = new Numbering();
  const conditions = new Numbering();
  conditions.of('');
  const nodes = new Map<string, number>();
  const places: [number, number][] = [];
  const nodeNames: number[] = [];
  const nodeRepositories: number[] = [];
  const links = { depends: new LinkBuilder(), provides: new LinkBuilder(), installIf: new LinkBuilder() };
  const add = (list: LinkBuilder, dependencies: readonly ApkDependency[]): void => {
    for (const { name, operator, version, negative } of dependencies) {
      const condition = operator === '' && !negative ? 0 : conditions.of(`${negative ? '!' : ''}${operator}${version}`);
      list.add(names.of(name), condition);
    }
  };
  for (const [position, { packages }] of repositories.entries()) {
    for (const [index, pkg] of packages.entries()) {
      const known = nodes.get(pkg.identity);
      if (known !== undefined) {
        nodeRepositories[known] = (nodeRepositories[known] ?? 0) | (1 << position);
        continue;
      }
      nodes.set(pkg.identity, nodes.size);
      places.push([position, index]);
      for (const field of pkg.mentions ?? 'PDpi') {
        if (field === 'P') names.of(pkg.name);
        else if (field === 'D') add(links.depends, pkg.depends);
        else if (field === 'p') add(links.provides, pkg.provides);
        else add(links.installIf, pkg.installIf);
      }
      nodeNames.push(names.of(pkg.name));
      nodeRepositories.push(1 << position);
      for (const list of Object.values(links)) list.close();
    }
  }
  const forward = {
    names: names.texts,
    conditions: conditions.texts,
    nodeNames: Int32Array.from(nodeNames),
    nodeRepositories: Int32Array.from(nodeRepositories),
    depends: links.depends.lists(),
    provides: links.provides.lists(),
    installIf: links.installIf.lists(),
  };
  return { graph: { ...forward, ...linkBack(forward) }, places };
}

/** Texts by number, in the order in which they are first asked for. */
class Numbering {
  readonly texts: string[] = [];
  private readonly numbers = new Map<string, number>();

  of(text: string): number {
    let number = this.numbers.get(text);
    if (number === undefined) {
      number = this.texts.push(text) - 1;
      this.numbers.set(text, number);
    }
    return number;
  }
}

class LinkBuilder {
  private readonly starts: number[] = [0];
  private readonly items: number[] = [];
  private readonly conditions: number[] = [];

  add(item: number, condition: number): void {
    this.items.push(item);
    this.conditions.push(condition);
  }

  /** Ends the list of the current thing. */
  close(): void {
    this.starts.push(this.items.length);
  }

  lists(): LinkLists {
    const { starts, items, conditions } = this;
    return {
      starts: Int32Array.from(starts),
      items: Int32Array.from(items),
      conditions: Int32Array.from(conditions),
    };
  }
}

type Forward = Omit<ApkGraph, 'providers' | 'dependents' | 'triggered'>;
type Backward = Pick<ApkGraph, 'providers' | 'dependents' | 'triggered'>;

function linkBack(graph: Forward): Backward {
  const count = graph.names.length;
  const providers = collect(count, (emit) => {
    for (let node = 0; node < graph.nodeNames.length; node += 1) {
      emit(graph.nodeNames[node] ?? 0, node, -1);
      forEachItem(graph.provides, node, (name, at) => emit(name, node, graph.provides.conditions[at] ?? 0));
    }
  });
  const order = tableOrder(graph.names);
  const back = (links: NumberLists): LinkLists =>
    collect(count, (emit) => {
      // By name, the last one (its id + 1) that was entered into the list of this one.
      const last = new Int32Array(count);
      for (const name of order) {
        forEachItem(providers, name, (node) => {
          forEachItem(links, node, (needed) => {
            if (last[needed] === name + 1) return;
            last[needed] = name + 1;
            emit(needed, name, 0);
          });
        });
      }
    });
  return { providers, dependents: back(graph.depends), triggered: back(graph.installIf) };
}

/** Lists of `count` things out of entries in any order; those of one thing keep theirs. */
function collect(
  count: number,
  each: (emit: (owner: number, item: number, condition: number) => void) => void,
): LinkLists {
  const starts = new Int32Array(count + 1);
  each((owner) => {
    starts[owner + 1] = (starts[owner + 1] ?? 0) + 1;
  });
  for (let owner = 0; owner < count; owner += 1) starts[owner + 1] = (starts[owner + 1] ?? 0) + (starts[owner] ?? 0);
  const next = starts.slice(0, count);
  const items = new Int32Array(starts[count] ?? 0);
  const conditions = new Int32Array(items.length);
  each((owner, item, condition) => {
    const at = next[owner] ?? 0;
    next[owner] = at + 1;
    items[at] = item;
    conditions[at] = condition;
  });
  return { starts, items, conditions };
}

function forEachItem(lists: NumberLists, owner: number, use: (item: number, at: number) => void): void {
  const end = lists.starts[owner + 1] ?? 0;
  for (let at = lists.starts[owner] ?? 0; at < end; at += 1) use(lists.items[at] ?? 0, at);
}

/** Ids as apk's table holds them: by bucket, and within one the name that was mentioned last comes first. */
function tableOrder(names: readonly string[]): Int32Array {
  const heads = new Int32Array(nameBuckets).fill(-1);
  const nextInBucket = new Int32Array(names.length);
  for (const [id, name] of names.entries()) {
    const bucket = nameBucket(name);
    nextInBucket[id] = heads[bucket] ?? -1;
    heads[bucket] = id;
  }
  const order = new Int32Array(names.length);
  let place = 0;
  for (const head of heads) {
    for (let id = head; id !== -1; id = nextInBucket[id] ?? -1) {
      order[place] = id;
      place += 1;
    }
  }
  return order;
}

/** A list of `length` places, so that filling them in any order does not make a table of it. */
export function emptyPlaces<T>(length: number): (T | undefined)[] {
  const places: (T | undefined)[] = [];
  places.length = length;
  return places;
}
