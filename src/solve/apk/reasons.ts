import type { Reason } from '../problem.ts';
import { formatApkDependency } from './dependency.ts';
import type { SolverState } from './state.ts';
import type { ApkLink, ApkNode } from './universe.ts';
import type { World } from './world.ts';

/**
 * Why each of the chosen packages is there: a wish, the dependency through which the shortest chain from a wish reaches
 * it, or for what nothing depends on the packages that triggered it.
 */
export function findReasons(state: SolverState, world: World, chosen: readonly ApkNode[]): (node: ApkNode) => Reason {
  const members = new Set(chosen);
  const reasons = new Map<ApkNode, Reason>();
  const add = (node: ApkNode | undefined, reason: Reason): void => {
    if (node !== undefined && members.has(node) && !reasons.has(node)) reasons.set(node, reason);
  };
  for (const { name, negative, wish } of world.links) {
    if (!negative) add(state.choiceOf(name).node, { kind: 'wish', wish });
  }
  spread(state, reasons, add);
  for (const node of chosen) {
    if (reasons.has(node)) continue;
    reasons.set(node, { kind: 'install-if', triggers: triggersOf(state, node) });
    spread(state, reasons, add);
  }
  return (node) => reasons.get(node) ?? { kind: 'install-if', triggers: triggersOf(state, node) };
}

/** Breadth first from those that have a reason; a Map also visits what is added on the way. */
function spread(
  state: SolverState,
  reasons: ReadonlyMap<ApkNode, Reason>,
  add: (node: ApkNode | undefined, reason: Reason) => void,
): void {
  for (const by of reasons.keys()) {
    for (const link of by.depends) {
      if (link.negative) continue;
      add(state.choiceOf(link.name).node, {
        kind: 'depends',
        by: by.package,
        dependency: formatLink(link),
        field: 'depends',
      });
    }
  }
}

function triggersOf(state: SolverState, node: ApkNode): ApkNode['package'][] {
  return node.installIf.flatMap(({ name }) => {
    const trigger = state.choiceOf(name).node;
    return trigger === undefined ? [] : [trigger.package];
  });
}

/** A link as the index writes it. */
export function formatLink(link: ApkLink): string {
  return formatApkDependency({ ...link, name: link.name.text });
}
