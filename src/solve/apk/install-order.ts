import { runDeep, type DeepCall } from './deep-call.ts';
import type { SolverState } from './state.ts';
import type { ApkLink, ApkName, ApkNode } from './universe.ts';

/**
 * The chosen packages in apk's order: from the world down, dependencies first, and what install_if brings right after the
 * package that completes its triggers. Links that do not hold are faults.
 */
export function installOrder(state: SolverState, world: readonly ApkLink[]): readonly ApkNode[] {
  const order = new InstallOrder(state);
  for (const link of world) runDeep(order.follow(undefined, link));
  return order.installed;
}

class InstallOrder {
  readonly installed: ApkNode[] = [];
  private readonly state: SolverState;
  private readonly visited = new Set<ApkName>();
  private readonly placed = new Set<ApkNode>();

  constructor(state: SolverState) {
    this.state = state;
  }

  *follow(from: ApkNode | undefined, link: ApkLink): DeepCall {
    const { state } = this;
    const choice = state.choiceOf(link.name);
    if (from !== undefined && !state.isFulfilled(from, link, choice)) {
      state.blame(from, { kind: 'unfulfilled', node: from, link });
    }
    yield this.place(link.name);
    if (from !== undefined && choice.node !== undefined && state.ofNode(choice.node).hasFault) {
      state.blame(from, { kind: 'inherited', node: from });
    }
  }

  private *place(name: ApkName): DeepCall {
    if (this.visited.has(name)) return;
    this.visited.add(name);
    const { node } = this.state.choiceOf(name);
    if (node === undefined || this.placed.has(node)) return;
    this.placed.add(node);
    const occupied = [node.name, ...node.provides.map((provided) => provided.name)];
    for (const one of occupied) this.visited.add(one);
    for (const link of node.depends) yield this.follow(node, link);
    this.installed.push(node);
    for (const one of occupied) {
      for (const triggered of one.triggered) if (this.comesNow(triggered)) yield this.place(triggered);
    }
  }

  private comesNow(name: ApkName): boolean {
    const { state } = this;
    const { node } = state.choiceOf(name);
    if (node === undefined || this.visited.has(name) || !state.ofName(name).isKnown) return false;
    return node.installIf.every(
      (link) =>
        (link.negative || this.visited.has(link.name)) && state.isFulfilled(node, link, state.choiceOf(link.name)),
    );
  }
}
