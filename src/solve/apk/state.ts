import type { VersionRules } from '../problem.ts';
import type { Discovery } from './discover.ts';
import type { Fault } from './fault.ts';
import { emptyPlaces, hasTriggers, type ApkGraph } from './graph.ts';
import { isFulfilled, type ApkLink, type ApkName, type ApkNode, type ApkUniverse, type Choice } from './universe.ts';
import { WaitingNames } from './waiting-names.ts';

/** What a solution knows of a name while it is made. */
export interface NameState {
  readonly name: ApkName;
  /** Discovered: reachable from the world. */
  readonly isKnown: boolean;
  /** Its provider, or that it has none, is decided. */
  choice: Choice | undefined;
  /** How many demand it. */
  demands: number;
  readonly rank: number;
  /** Its triggers are to be looked at again. */
  mustCheckTriggers: boolean;
  /** A candidate is triggered by install_if. */
  isTriggered: boolean;
  /** No candidate can be triggered any more. */
  isNeverTriggered: boolean;
  /** More than one candidate is left, or one whose repository is not allowed yet. */
  hasOptions: boolean;
  /** A candidate may be taken without being named. */
  hasSelectable: boolean;
  /** Everything that depends on it is decided. */
  areDependentsDecided: boolean;
  /** A package waits for the decision that this name stays without a provider. */
  isAwaited: boolean;
  /** Counters of candidates that all share a dependency or a name, while one name is looked at. */
  sharedDepends: number;
  sharedProvides: number;
  isSharedVirtually: boolean;
}

/** What a solution knows of a package while it is made. */
export interface NodeState {
  readonly node: ApkNode;
  /** It may still be chosen. */
  isSelectable: boolean;
  /** Demands that it does not meet. */
  conflicts: number;
  /** Tags that it may come from, as bits; bit 0 is no tag. */
  allowedTags: number;
  /** Its repositories are allowed by the tags of what demands it. */
  isAllowed: boolean;
  /** Its repositories are those of the wish itself. */
  isPreferred: boolean;
  /** It took part in the last merging of common dependencies. */
  wasMerged: boolean;
  isMerged: boolean;
  isTriggered: boolean;
  isNeverTriggered: boolean;
  hasFault: boolean;
}

export const nothing: Choice = { node: undefined, version: '' };

/** Everything that changes while one world is solved. */
export class SolverState {
  readonly rules: VersionRules;
  readonly faults: Fault[] = [];
  /** Names whose candidates are to be looked at again, first come first served. */
  readonly dirty: Set<NameState> = new Set();
  readonly waiting: WaitingNames = new WaitingNames();
  /** Repositories by tag, as bits; tag 0 is none. */
  readonly tagRepositories: readonly number[];
  private readonly discovery: Discovery;
  /** By id. */
  private readonly names: (NameState | undefined)[];
  private readonly nodes: (NodeState | undefined)[];
  private readonly graph: ApkGraph;
  /** By name: 1 when the dependencies of its candidates are to be looked at again. */
  private readonly doubtful: Uint8Array;

  constructor(universe: ApkUniverse, rules: VersionRules, tags: readonly string[], discovery: Discovery) {
    this.rules = rules;
    this.discovery = discovery;
    this.graph = universe.graph;
    this.doubtful = new Uint8Array(universe.nameCount);
    this.names = emptyPlaces(universe.nameCount);
    this.nodes = emptyPlaces(universe.graph.nodeNames.length);
    this.tagRepositories = ['', ...tags].map((tag) => {
      const matching = universe.repositories.map((repository, i) => ((repository.tag ?? '') === tag ? 1 << i : 0));
      return matching.reduce((all, bit) => all | bit, 0);
    });
  }

  ofName(name: ApkName): NameState {
    return (this.names[name.id] ??= newNameState(name, this.discovery, this.graph));
  }

  ofNode(node: ApkNode): NodeState {
    return (this.nodes[node.id] ??= newNodeState(node, this.tagRepositories[0] ?? 0));
  }

  choiceOf(name: ApkName): Choice {
    return this.names[name.id]?.choice ?? nothing;
  }

  /**
   * The candidates of the names that depend on this one are to be looked at again. `touch` gets the states of those names;
   * of one without a state nothing has been asked yet.
   */
  doubtDependents({ id }: ApkName, touch: (name: NameState) => void): void {
    const { starts, items } = this.graph.dependents;
    const end = starts[id + 1] ?? 0;
    for (let at = starts[id] ?? 0; at < end; at += 1) {
      const dependent = items[at] ?? 0;
      if (!this.discovery.isKnown(dependent)) continue;
      this.doubtful[dependent] = 1;
      const state = this.names[dependent];
      if (state !== undefined) touch(state);
    }
  }

  /** Whether the dependencies of the candidates are to be looked at again. Asking ends it. */
  takeDoubt({ id }: ApkName): boolean {
    const isDoubtful = this.doubtful[id] === 1;
    this.doubtful[id] = 0;
    return isDoubtful;
  }

  /** Whether everything that depends on a name is decided. */
  areDependentsDecided({ id }: ApkName): boolean {
    const { starts, items } = this.graph.dependents;
    const end = starts[id + 1] ?? 0;
    for (let at = starts[id] ?? 0; at < end; at += 1) {
      const dependent = items[at] ?? 0;
      if (this.discovery.isKnown(dependent) && this.names[dependent]?.choice === undefined) return false;
    }
    return true;
  }

  isFulfilled(from: ApkNode | undefined, link: ApkLink, by: Choice): boolean {
    return isFulfilled(this.rules, from, link, by);
  }

  /** Repositories that any of these tags allows. */
  repositoriesOf(tags: number): number {
    return this.tagRepositories.reduce((all, repositories, tag) => ((tags >> tag) & 1 ? all | repositories : all), 0);
  }

  addFault(fault: Fault): void {
    this.faults.push(fault);
  }

  /** Of every package at most one fault counts, the first. */
  blame(node: ApkNode | undefined, fault: Fault): void {
    if (node === undefined) return;
    const state = this.ofNode(node);
    if (state.hasFault) return;
    state.hasFault = true;
    this.faults.push(fault);
  }
}

function newNameState(name: ApkName, discovery: Discovery, graph: ApkGraph): NameState {
  return {
    name,
    isKnown: discovery.isKnown(name.id),
    choice: undefined,
    demands: 0,
    rank: discovery.rankOf(name.id),
    mustCheckTriggers: false,
    isTriggered: false,
    isNeverTriggered: !hasTriggers(graph, name.id),
    hasOptions: false,
    hasSelectable: false,
    areDependentsDecided: false,
    isAwaited: false,
    sharedDepends: 0,
    sharedProvides: 0,
    isSharedVirtually: false,
  };
}

function newNodeState(node: ApkNode, untagged: number): NodeState {
  const { unusable, installedSizeBytes } = node.package;
  // apk takes what has no content for a virtual package of its own making, which no tag masks.
  const isPreferred = installedSizeBytes === 0 || (node.repositories & untagged) !== 0;
  return {
    node,
    isSelectable: unusable === undefined,
    conflicts: 0,
    allowedTags: 1,
    isAllowed: isPreferred,
    isPreferred,
    wasMerged: false,
    isMerged: false,
    isTriggered: false,
    isNeverTriggered: node.installIf.length === 0,
    hasFault: false,
  };
}
