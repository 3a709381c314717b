import type { VersionRules } from '../problem.ts';
import type { Fault } from './fault.ts';
import { isFulfilled, type ApkLink, type ApkName, type ApkNode, type ApkUniverse, type Choice } from './universe.ts';
import { WaitingNames } from './waiting-names.ts';

/** What a solution knows of a name while it is made. */
export interface NameState {
  readonly name: ApkName;
  /** Discovered: reachable from the world. */
  isKnown: boolean;
  /** Its provider, or that it has none, is decided. */
  choice: Choice | undefined;
  /** How many demand it. */
  demands: number;
  /** Where it stands among names that wait for a decision; the highest is decided first. */
  rank: number;
  /** Its dependencies, or its triggers, are to be looked at again. */
  mustCheckDepends: boolean;
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
  isKnown: boolean;
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
  private readonly names = new Map<ApkName, NameState>();
  private readonly nodes = new Map<ApkNode, NodeState>();

  constructor(universe: ApkUniverse, rules: VersionRules, tags: readonly string[]) {
    this.rules = rules;
    this.tagRepositories = ['', ...tags].map((tag) => {
      const matching = universe.repositories.map((repository, i) => ((repository.tag ?? '') === tag ? 1 << i : 0));
      return matching.reduce((all, bit) => all | bit, 0);
    });
  }

  ofName(name: ApkName): NameState {
    let state = this.names.get(name);
    if (state === undefined) this.names.set(name, (state = newNameState(name)));
    return state;
  }

  ofNode(node: ApkNode): NodeState {
    let state = this.nodes.get(node);
    if (state === undefined) this.nodes.set(node, (state = newNodeState(node)));
    return state;
  }

  choiceOf(name: ApkName): Choice {
    return this.names.get(name)?.choice ?? nothing;
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

function newNameState(name: ApkName): NameState {
  return {
    name,
    isKnown: false,
    choice: undefined,
    demands: 0,
    rank: 0,
    mustCheckDepends: false,
    mustCheckTriggers: false,
    isTriggered: false,
    isNeverTriggered: false,
    hasOptions: false,
    hasSelectable: false,
    areDependentsDecided: false,
    isAwaited: false,
    sharedDepends: 0,
    sharedProvides: 0,
    isSharedVirtually: false,
  };
}

function newNodeState(node: ApkNode): NodeState {
  return {
    node,
    isKnown: false,
    isSelectable: false,
    conflicts: 0,
    allowedTags: 0,
    isAllowed: false,
    isPreferred: false,
    wasMerged: false,
    isMerged: false,
    isTriggered: false,
    isNeverTriggered: false,
    hasFault: false,
  };
}
