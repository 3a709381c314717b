import type { Plan, Problem, Reason, Solution } from '../problem.ts';
import { AptState } from './apt-state.ts';
import type { DebPackage, DebUniverse } from './deb-package.ts';
import { explainFailure } from './explain-failure.ts';
import { installOrder } from './install-order.ts';
import { markInstall, setCandidate } from './mark.ts';
import { findReasons } from './reasons.ts';
import { resolveProblems } from './resolve.ts';
import { selectVersion } from './select.ts';
import { sweep } from './sweep.ts';

/**
 * The packages that `apt-get install --no-install-recommends` would install on an empty system, in install order, or
 * why there are none. The steps are apt's: every wish is marked on its own, then each with its dependencies in the order
 * of the wishes, then conflicts are resolved, then leftovers swept (apt-pkg: depcache, algorithms; apt 2.6 to 2.9, whose
 * newer solver 3.0 is not the default for apt-get).
 */
export function solveDeb(problem: Problem<DebUniverse>): Solution<DebPackage> {
  const state = new AptState(problem);
  const wished = new Map<DebPackage, Reason>();
  for (const wish of problem.wishes) {
    const selection = selectVersion(state, wish);
    if (!selection.ok) return selection;
    if (!wished.has(selection.version)) wished.set(selection.version, { kind: 'wish', wish });
  }

  for (const version of wished.keys()) {
    setCandidate(state, version);
    const pkg = state.of(version.name);
    pkg.protected = true;
    markInstall(state, pkg, { withDependencies: false, fromUser: true });
  }
  for (const { name } of wished.keys()) {
    markInstall(state, state.of(name), { withDependencies: true, fromUser: true });
  }
  const names = new Set([...wished.keys()].map(({ name }) => name));
  if (!resolveProblems(state, names)) return { ok: false, explanation: explainFailure(state, wished) };
  sweep(state);
  return { ok: true, plan: makePlan(state, wished) };
}

function makePlan(state: AptState, wished: ReadonlyMap<DebPackage, Reason>): Plan<DebPackage> {
  const packages = state.installed().flatMap(({ install }) => (install === undefined ? [] : [install]));
  const reasons = findReasons(state, packages, wished);
  const steps = installOrder(state, packages).map((one) => {
    const reason = reasons.get(one);
    if (reason === undefined) throw new Error(`nothing leads to ${one.name}`);
    return { package: one, reason };
  });
  return { steps };
}
