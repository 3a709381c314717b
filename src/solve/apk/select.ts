import { demand, recheckDependents, recheckTriggered, recheckTriggeredBy, ruleOut } from './demand.ts';
import { isSelectableByName } from './reconsider.ts';
import { nothing, type NameState, type SolverState } from './state.ts';
import type { ApkName, ApkProvider, Choice } from './universe.ts';

/** Decides a name for good: the best candidate with all names that it occupies, or nothing. There is no way back. */
export function select(state: SolverState, name: NameState): void {
  const chosen = bestProvider(state, name);
  if (chosen === undefined) {
    assign(state, name.name, nothing);
    if (name.demands > 0) state.addFault({ kind: 'no-provider', name: name.name });
    return;
  }
  const { node } = chosen;
  const { isSelectable, isAllowed } = state.ofNode(node);
  if (!isSelectable || !isAllowed) state.blame(node, { kind: 'unusable', node, name: name.name });
  assign(state, node.name, { node, version: node.package.version });
  for (const { name: provided, version } of node.provides) assign(state, provided, { node, version });
  for (const link of node.depends) demand(state, node, link);
}

function bestProvider(state: SolverState, name: NameState): ApkProvider | undefined {
  if (name.demands === 0 && !name.isTriggered) return undefined;
  let best: ApkProvider | undefined;
  for (const provider of name.name.providers) {
    const { isTriggered, isAllowed, isSelectable } = state.ofNode(provider.node);
    if (name.demands === 0 && !(isTriggered && isAllowed && isSelectable)) continue;
    if (!isSelectableByName(state, provider)) continue;
    if (best === undefined || compareProviders(state, provider, best) > 0) best = provider;
  }
  return best;
}

/** Positive when `a` is the better one. Equal ones stay in the order of the indexes. */
function compareProviders(state: SolverState, a: ApkProvider, b: ApkProvider): number {
  const [left, right] = [state.ofNode(a.node), state.ofNode(b.node)];
  const isSameName = a.node.name === b.node.name;
  return (
    Number(left.isSelectable) - Number(right.isSelectable) ||
    Number(left.wasMerged) - Number(right.wasMerged) ||
    right.conflicts - left.conflicts ||
    Number(left.isAllowed) - Number(right.isAllowed) ||
    Number(left.isPreferred) - Number(right.isPreferred) ||
    state.rules.compare(a.version, b.version) ||
    (isSameName ? state.rules.compare(a.node.package.version, b.node.package.version) : 0) ||
    a.node.package.providerPriority - b.node.package.providerPriority ||
    lowestBit(b.node.repositories) - lowestBit(a.node.repositories)
  );
}

/** 1 for the first repository. */
function lowestBit(repositories: number): number {
  return 32 - Math.clz32(repositories & -repositories);
}

function assign(state: SolverState, name: ApkName, choice: Choice): void {
  const known = state.ofName(name);
  if (known.choice !== undefined) {
    blameBoth(state, name, choice, known.choice);
    return;
  }
  known.choice = choice;
  state.waiting.remove(known);
  state.dirty.delete(known);

  const { node, version } = choice;
  // What came by install_if alone stands and falls with its triggers.
  if (node !== undefined && known.demands === 0 && state.ofNode(node).isTriggered) {
    for (const link of node.installIf) {
      if (state.ofName(link.name).choice === undefined) demand(state, node, link);
    }
  }
  for (const other of name.providers) {
    if (other.node === node || (version === '' && other.version === '')) continue;
    ruleOut(state, state.ofNode(other.node));
  }
  recheckDependents(state, name);
  if (node === undefined) recheckTriggered(state, name);
  else recheckTriggeredBy(state, node);
}

/** Several packages may provide a name without a version; otherwise it has one owner. */
function blameBoth(state: SolverState, name: ApkName, choice: Choice, before: Choice): void {
  if (choice.version === '' && before.version === '') return;
  const { node } = choice;
  const other = before.node;
  if (node !== undefined) state.blame(node, { kind: 'same-name', node, other: other ?? node, name });
  if (other !== undefined) state.blame(other, { kind: 'same-name', node: other, other: node ?? other, name });
}
