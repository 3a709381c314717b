import type { NameState, NodeState, SolverState } from './state.ts';
import { nothing } from './state.ts';
import type { ApkLink, ApkName, ApkNode } from './universe.ts';

/** Puts a name where candidates wait to be looked at again, when that can change anything. */
export function touch(state: SolverState, name: NameState): void {
  if (name.choice !== undefined || (name.demands === 0 && !name.mustCheckTriggers)) return;
  state.dirty.add(name);
}

/** Puts a name where names wait for a decision; one that waits already moves when it became clear or `moves` is set. */
export function enqueue(state: SolverState, name: NameState, moves: boolean): void {
  if (name.choice !== undefined) return;
  const isClear = name.areDependentsDecided && name.demands > 0 && name.hasSelectable && !name.hasOptions;
  if (state.waiting.has(name)) {
    if (state.waiting.isClear(name) || (!isClear && !moves)) return;
    state.waiting.remove(name);
  } else if (name.demands === 0 && !name.isTriggered && !name.isAwaited) return;
  state.waiting.add(name, isClear);
}

/** A name got its first demand. */
export function becomeDemanded(state: SolverState, name: NameState): void {
  enqueue(state, name, false);
  recheckTriggered(state, name.name);
  touch(state, name);
}

/**
 * Demands what a link says of the world (`from` undefined) or of a package: candidates that do not fulfil it are out,
 * the others may come from where `from` may come from.
 *
 * @param worldTag of the wish, for the world
 */
export function demand(state: SolverState, from: ApkNode | undefined, link: ApkLink, worldTag: number = -1): void {
  const name = state.ofName(link.name);
  if (!link.negative) {
    name.demands += 1;
    if (name.demands === 1) becomeDemanded(state, name);
  }
  for (const provider of link.name.providers) {
    const candidate = state.ofNode(provider.node);
    if (state.isFulfilled(from, link, provider)) {
      if (from === undefined) allowByWorld(state, candidate, worldTag);
      else allowAsFor(state, candidate, from);
      continue;
    }
    candidate.conflicts += 1;
    if (candidate.isSelectable) ruleOut(state, candidate);
  }
}

/** A candidate may come from the repositories of a wish's tag, and is preferred when it does. -1 for none. */
function allowByWorld(state: SolverState, candidate: NodeState, tag: number): void {
  const tags = tag === -1 ? 0 : 1 << tag;
  candidate.allowedTags |= tags;
  candidate.isPreferred = (candidate.node.repositories & state.repositoriesOf(tags)) !== 0;
  allow(state, candidate);
}

/**
 * A candidate may come from wherever what demands it may. Where a missing package is what triggers it, nothing is allowed
 * and it loses its preference, as in apk.
 */
export function allowAsFor(state: SolverState, candidate: NodeState, from: ApkNode | undefined): void {
  if (from === undefined) {
    allowByWorld(state, candidate, -1);
    return;
  }
  candidate.allowedTags |= state.ofNode(from).allowedTags;
  allow(state, candidate);
}

function allow(state: SolverState, candidate: NodeState): void {
  candidate.isAllowed ||= (candidate.node.repositories & state.repositoriesOf(candidate.allowedTags)) !== 0;
}

/** A candidate is out: what depends on it or is triggered by it has to be looked at again. */
export function ruleOut(state: SolverState, candidate: NodeState): void {
  candidate.isSelectable = false;
  const { node } = candidate;
  recheckDependents(state, node.name);
  for (const { name } of node.provides) recheckDependents(state, name);
  recheckTriggeredBy(state, node);
}

export function recheckDependents(state: SolverState, name: ApkName): void {
  state.doubtDependents(name, (dependent) => touch(state, dependent));
}

export function recheckTriggered(state: SolverState, name: ApkName): void {
  for (const triggered of name.triggered) {
    const known = state.ofName(triggered);
    if (!known.isKnown || known.isNeverTriggered) continue;
    known.mustCheckTriggers = true;
    touch(state, known);
  }
}

export function recheckTriggeredBy(state: SolverState, node: ApkNode): void {
  recheckTriggered(state, node.name);
  for (const { name } of node.provides) recheckTriggered(state, name);
}

/** Whether anything that is left can still fulfil a dependency. */
export function isSatisfiable(state: SolverState, from: ApkNode, link: ApkLink): boolean {
  const { choice, demands, name } = state.ofName(link.name);
  if (choice !== undefined) return state.isFulfilled(from, link, choice);
  if (demands === 0 && state.isFulfilled(from, link, nothing)) return true;
  return name.providers.some(
    (provider) => state.ofNode(provider.node).isSelectable && state.isFulfilled(from, link, provider),
  );
}
