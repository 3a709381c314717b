import { nearest } from '../../errors/nearest.ts';
import type { OpkgIndexPackage } from '../../feed/opkg/parse-index.ts';
import { opkgVersionRules } from '../../feed/opkg/version.ts';
import { solveOpkgCompat } from '../../solve/opkg/solve-compat.ts';
import { solveOpkg } from '../../solve/opkg/solve-opkg.ts';
import type { OpkgUniverse } from '../../solve/opkg/universe.ts';
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
    depends(name) {
      const named = universe.named(name);
      if (named === undefined || named.providedBy.length === 0) return undefined;
      const packages = named.providedBy.flatMap(({ packages: own }) => own);
      return [...new Set(packages.flatMap(({ depends }) => depends.map(({ text }) => text)))].toSorted();
    },
    whatDepends(name) {
      const named = universe.named(name);
      if (named === undefined || named.providedBy.length === 0) return undefined;
      // Whatever it provides is a way to depend on it.
      const names = new Set([name, ...named.packages.flatMap(({ provides }) => provides)]);
      const needing = [...universe.names]
        .flatMap(({ packages }) => packages)
        .filter(({ depends }) => depends.some(({ alternatives }) => alternatives.some((one) => names.has(one.name))));
      return [...new Set(needing.map((pkg) => pkg.name))].toSorted();
    },
  };
}
