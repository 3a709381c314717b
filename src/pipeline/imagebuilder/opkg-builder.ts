import { compileGlob } from '../../codec/glob.ts';
import { nearest } from '../../errors/nearest.ts';
import type { OpkgIndexPackage } from '../../feed/opkg/parse-index.ts';
import { opkgVersionRules } from '../../feed/opkg/version.ts';
import { solveOpkgCompat } from '../../solve/opkg/solve-compat.ts';
import { solveOpkg } from '../../solve/opkg/solve-opkg.ts';
import type { OpkgPackage } from '../../solve/opkg/opkg-package.ts';
import type { OpkgName, OpkgUniverse } from '../../solve/opkg/universe.ts';
import type { Plan } from '../../solve/problem.ts';
import { fetchPlan, layPackages } from '../openwrt/install-packages.ts';
import type { BuilderFeed } from './builder-feed.ts';

/** Feeds of opkg. `compat` is its choice with its faults. */
export function opkgBuilder(universe: OpkgUniverse, compat: 'opkg' | undefined): BuilderFeed {
  return {
    manager: 'opkg',
    has: (name) => universe.named(name) !== undefined,
    near(name) {
      const names = [...universe.names].filter(({ providedBy }) => providedBy.length > 0);
      return nearest(
        name,
        names.map((one) => one.name),
      );
    },
    wish: (name) => name,
    solve(wishes) {
      const strategy = compat === 'opkg' ? solveOpkgCompat : solveOpkg;
      return strategy({ universe, wishes: wishes.map((text) => ({ text })), rules: opkgVersionRules });
    },
    // The solver gives back the universe's own objects.
    abiVersion: (pkg) => (pkg as OpkgIndexPackage).abiVersion,
    async install(ctx, store, plan, named) {
      const own = plan as Plan<OpkgIndexPackage>;
      const byHand = own.steps.filter(({ package: pkg }) => pkg.isByHand).map(({ package: { name } }) => name);
      const packages = await fetchPlan(ctx, store, own, [...named, ...byHand]);
      return { packages, tree: layPackages(packages) };
    },
    depends(wanted) {
      const named = matching(universe, wanted);
      const packages = named.flatMap((one) => (one.packages.length > 0 ? one.packages : providers(one)));
      if (packages.length === 0) return undefined;
      return [...new Set(packages.flatMap(({ depends }) => depends.map(({ text }) => text)))].toSorted();
    },
    whatDepends(wanted) {
      const named = matching(universe, wanted);
      const packages = named.flatMap(providers);
      if (packages.length === 0) return undefined;
      // Whatever they provide is a way to depend on them.
      const names = new Set([
        ...named.map(({ name }) => name),
        ...packages.flatMap(({ name, provides }) => [name, ...provides]),
      ]);
      const needing = [...universe.names]
        .flatMap((one) => one.packages)
        .filter(({ depends }) => depends.some(({ alternatives }) => alternatives.some((one) => names.has(one.name))));
      return [...new Set(needing.map((pkg) => pkg.name))].toSorted();
    },
  };
}

/** Names that packages have or provide, by a pattern, as opkg takes it (`libub*`). */
function matching(universe: OpkgUniverse, pattern: string): readonly OpkgName[] {
  const matches = compileGlob(pattern);
  return [...universe.names].filter(({ name, providedBy }) => providedBy.length > 0 && matches(name));
}

function providers({ providedBy }: OpkgName): readonly OpkgPackage[] {
  return providedBy.flatMap(({ packages }) => packages);
}
