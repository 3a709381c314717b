import type { Explanation, Reason } from '../problem.ts';
import type { AptState } from './apt-state.ts';
import type { DebPackage } from './deb-package.ts';

export function explainFailure(state: AptState, wished: ReadonlyMap<DebPackage, Reason>): Explanation {
  const broken =
    state
      .installed()
      .filter((pkg) => state.isBroken(pkg))
      .map((p) => p.name)
      .join(' ') + String(wished.size);
  return { kind: 'unsatisfiable', summary: broken, chain: [] };
}
