import { allowAsFor, becomeDemanded, demand, enqueue, isSatisfiable, ruleOut } from './demand.ts';
import type { NameState, NodeState, SolverState } from './state.ts';
import type { ApkLink, ApkName, ApkNode, ApkProvider } from './universe.ts';

/**
 * Looks at the candidates of a name again: rules out those whose dependencies can no longer be met, sees which are
 * triggered, and passes on what all that are left have in common, their dependencies and the names that they occupy.
 */
export function reconsider(state: SolverState, name: NameState): void {
  const mustCheckDepends = state.takeDoubt(name.name);
  const mustCheckTriggers = name.mustCheckTriggers;
  name.mustCheckTriggers = false;

  let first: ApkNode | undefined;
  let options = 0;
  let notAllowed = 0;
  let hasSelectable = false;
  let isTriggered = false;
  let isNeverTriggered = true;
  for (const provider of name.name.providers) {
    const { node } = provider;
    const candidate = state.ofNode(node);
    candidate.isMerged = false;
    if (mustCheckDepends && candidate.isSelectable && !node.depends.every((link) => isSatisfiable(state, node, link))) {
      ruleOut(state, candidate);
    }
    if (!candidate.isSelectable) continue;
    if (mustCheckTriggers) checkTriggers(state, candidate);
    isTriggered ||= candidate.isTriggered;
    isNeverTriggered &&= candidate.isNeverTriggered;
    hasSelectable ||= candidate.isTriggered;
    if (name.demands === 0) continue;

    candidate.isMerged = true;
    first ??= node;
    countShared(state, node, provider, options);
    if (!candidate.isAllowed) notAllowed += 1;
    options += 1;
    hasSelectable ||= isSelectableByName(state, provider);
  }
  name.hasOptions = options > 1 || notAllowed > 0;
  name.isTriggered = isTriggered;
  name.isNeverTriggered = isNeverTriggered;
  const moves = hasSelectable !== name.hasSelectable;
  name.hasSelectable = hasSelectable;

  if (first !== undefined) passOn(state, name, first, options);
  name.areDependentsDecided = state.areDependentsDecided(name.name);
  enqueue(state, name, moves);
}

/** Whether a candidate may be taken without being asked for by its own name (apk-package(5), provider_priority). */
export function isSelectableByName(state: SolverState, { node, version }: ApkProvider): boolean {
  return version !== '' || node.package.providerPriority !== 0 || state.ofName(node.name).demands > 0;
}

function checkTriggers(state: SolverState, candidate: NodeState): void {
  const { node } = candidate;
  if (!candidate.isTriggered && !candidate.isNeverTriggered) {
    candidate.isTriggered = true;
    for (const link of node.installIf) {
      const trigger = state.ofName(link.name);
      if (trigger.choice === undefined) {
        if (link.negative) {
          trigger.isAwaited = true;
          enqueue(state, trigger, false);
        }
        candidate.isTriggered = false;
        break;
      }
      if (!state.isFulfilled(node, link, trigger.choice)) {
        candidate.isTriggered = false;
        candidate.isNeverTriggered = true;
        break;
      }
    }
  }
  if (!candidate.isTriggered) return;
  for (const { name } of node.installIf) allowAsFor(state, candidate, state.choiceOf(name).node);
}

/** Counts, for every name that the candidate before all had in common, whether this one has it too. */
function countShared(state: SolverState, node: ApkNode, provider: ApkProvider, options: number): void {
  for (const link of node.depends) {
    const name = state.ofName(link.name);
    if (!link.negative && name.sharedDepends === options) name.sharedDepends = options + 1;
  }
  countProvided(state, node.name, provider.version, options);
  for (const { name, version } of node.provides) countProvided(state, name, version, options);
}

function countProvided(state: SolverState, provided: ApkName, version: string, options: number): void {
  const name = state.ofName(provided);
  if (name.sharedProvides !== options) return;
  name.sharedProvides = options + 1;
  name.isSharedVirtually ||= version === '';
}

function passOn(state: SolverState, name: NameState, first: ApkNode, options: number): void {
  for (const { node } of name.name.providers) {
    const candidate = state.ofNode(node);
    candidate.wasMerged = candidate.isMerged;
  }
  for (const link of first.depends) passOnDependency(state, first, link, options);

  const occupied = [first.name, ...first.provides.map((provided) => provided.name)];
  for (const one of occupied) {
    const known = state.ofName(one);
    const isShared = known.sharedProvides === options;
    known.sharedProvides = 0;
    if (isShared) ruleOutOthers(state, one, name.name, known.isSharedVirtually);
  }
  for (const one of occupied) state.ofName(one).isSharedVirtually = false;
}

/** Of one candidate everything is demanded; of several, that a name which all depend on is there. */
function passOnDependency(state: SolverState, first: ApkNode, link: ApkLink, options: number): void {
  const needed = state.ofName(link.name);
  const isShared = needed.sharedDepends === options;
  needed.sharedDepends = 0;
  if (!isShared) return;
  if (options === 1) {
    demand(state, first, link);
    return;
  }
  if (needed.demands > 0) return;
  needed.demands += 1;
  becomeDemanded(state, needed);
  for (const { node } of needed.name.providers) allowAsFor(state, state.ofNode(node), first);
}

/**
 * All candidates of `kept` provide `name` too: another provider of it would stand in their way. With `allowVirtual`
 * those that provide it without a version may stay.
 */
function ruleOutOthers(state: SolverState, name: ApkName, kept: ApkName, allowVirtual: boolean): void {
  if (name === kept) return;
  for (const { node, version } of name.providers) {
    const candidate = state.ofNode(node);
    if (node.name === kept || !candidate.isSelectable || (allowVirtual && version === '')) continue;
    const staysBy = node.provides.some((one) => one.name === kept || (allowVirtual && one.version === ''));
    if (!staysBy) ruleOut(state, candidate);
  }
}
