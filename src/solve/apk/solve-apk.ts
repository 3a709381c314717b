import type { Problem, Solution } from '../problem.ts';
import type { ApkPackage } from './apk-package.ts';
import { demand } from './demand.ts';
import { discover } from './discover.ts';
import { explainFaults, explainWish } from './explain.ts';
import { installOrder } from './install-order.ts';
import { findReasons } from './reasons.ts';
import { reconsider } from './reconsider.ts';
import { select } from './select.ts';
import { SolverState } from './state.ts';
import type { ApkNode, ApkUniverse } from './universe.ts';
import { readWorld, type World, type WorldLink } from './world.ts';

/** A problem as `apk add` takes it. */
export interface ApkProblem extends Problem<ApkUniverse> {
  /** Leaves out wishes that cannot be met, as `--force-broken-world` does. */
  readonly dropBrokenWishes?: boolean | undefined;
}

/**
 * The packages that `apk add` of apk-tools 3.0.6 installs on an empty system, in its order, or why it would refuse. The
 * strategy is apk's (solver.c): wishes are passed down through everything that candidates have in common, then names are
 * decided one after the other, each for good. Where that ends at a contradiction there is no solution for apk, even if
 * another choice would have led to one.
 */
export function solveApk(problem: ApkProblem): Solution<ApkPackage> {
  const read = readWorld(problem.universe, problem.wishes, problem.rules);
  if (!read.ok) return { ok: false, explanation: explainWish(read.wish, read.why) };
  let { world } = read;
  const { strayTag } = world;
  if (strayTag !== undefined && problem.dropBrokenWishes !== true) {
    return { ok: false, explanation: explainWish(strayTag.wish, strayTag.why) };
  }
  for (;;) {
    const { state, order } = solveWorld(problem, world);
    if (state.faults.length === 0) {
      const reasons = findReasons(state, world, order);
      return { ok: true, plan: { steps: order.map((node) => ({ package: node.package, reason: reasons(node) })) } };
    }
    const kept = world.links.filter((link) => isWhole(state, link));
    if (problem.dropBrokenWishes !== true || kept.length === world.links.length) {
      return { ok: false, explanation: explainFaults(problem, state, world, order) };
    }
    world = { ...world, links: kept };
  }
}

function solveWorld(
  { universe, rules }: ApkProblem,
  world: World,
): { readonly state: SolverState; readonly order: readonly ApkNode[] } {
  const discovery = discover(
    universe,
    world.links.map(({ name }) => name),
  );
  const state = new SolverState(universe, rules, world.tags, discovery);
  for (const link of world.links) demand(state, undefined, link, link.tag);
  for (;;) {
    for (const name of state.dirty) {
      state.dirty.delete(name);
      reconsider(state, name);
    }
    const name = state.waiting.takeNext();
    if (name === undefined) break;
    select(state, name);
  }
  return { state, order: installOrder(state, world.links) };
}

function isWhole(state: SolverState, { name }: WorldLink): boolean {
  const { node } = state.choiceOf(name);
  return node !== undefined && !state.ofNode(node).hasFault;
}
