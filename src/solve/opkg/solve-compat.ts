import type { Plan, Solution, VersionRules, Wish } from '../problem.ts';
import { emptyDisk } from './disk.ts';
import { installByName } from './install.ts';
import { loadAsOpkg } from './load.ts';
import type { OpkgFiles, OpkgPackage } from './opkg-package.ts';
import { startRun, type RunState } from './state.ts';
import type { OpkgUniverse } from './universe.ts';

/** The input of both strategies. */
export interface OpkgProblem {
  readonly universe: OpkgUniverse;
  readonly wishes: readonly Wish[];
  readonly rules: VersionRules;
  /** The files of a package, where they are known: two packages must not bring the same. */
  readonly filesOf?: ((pkg: OpkgPackage) => OpkgFiles | undefined) | undefined;
}

/**
 * What the real opkg installs when ImageBuilder calls it: once for each package that is given as a file, then once with
 * all wishes. It goes on after a failure, and what is installed by then stays: that is `partial`.
 */
export function solveOpkgCompat({ universe, wishes, rules, filesOf = () => undefined }: OpkgProblem): Solution {
  const kept: Pick<RunState, 'order' | 'neededBy' | 'complaints' | 'disk'> = {
    order: [],
    neededBy: new Map(),
    complaints: [],
    disk: emptyDisk(filesOf),
  };
  let isDone = true;
  for (const pkg of universe.byHand) {
    // Where the file was named opkg puts the name of its package.
    const run = startRun(loadAsOpkg(universe, rules, [], pkg, kept.order), [pkg.name], kept);
    run.of(pkg).isPreferred = true;
    run.of(pkg).want = 'install';
    isDone = installByName(run, rules, pkg.name) && isDone;
  }
  const words = wishes.map(({ text }) => text);
  const run = startRun(loadAsOpkg(universe, rules, words, undefined, kept.order), words, kept);
  const failed = wishes.filter(({ text }) => !installByName(run, rules, text));
  const plan = planOf(kept, wishes);
  const [first] = failed;
  if (first === undefined && isDone) return { ok: true, plan };
  return {
    ok: false,
    partial: plan,
    explanation: {
      kind: first !== undefined && universe.named(first.text) === undefined ? 'unknown-package' : 'unsatisfiable',
      summary: `opkg cannot install ${failed.map(({ text }) => text).join(', ')}`,
      chain: [...new Set(kept.complaints)],
      where: first?.where,
    },
  };
}

function planOf({ order, neededBy }: Pick<RunState, 'order' | 'neededBy'>, wishes: readonly Wish[]): Plan {
  return {
    steps: order.map((pkg) => {
      const needed = neededBy.get(pkg);
      if (needed === undefined) {
        const wish = wishes.find(({ text }) => text === pkg.name) ??
          wishes.find(({ text }) => pkg.provides.includes(text)) ?? { text: pkg.name };
        return { package: pkg, reason: { kind: 'wish', wish } };
      }
      return {
        package: pkg,
        reason: { kind: 'depends', by: needed.by, dependency: needed.text, field: 'Depends' },
      };
    }),
  };
}
