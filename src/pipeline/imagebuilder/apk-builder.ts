import { compileGlob } from '../../codec/glob.ts';
import { nearest } from '../../errors/nearest.ts';
import { fetchApkPackage, unpackApk } from '../../feed/apk/fetch-package.ts';
import type { ApkIndexPackage } from '../../feed/apk/parse-index.ts';
import { apkVersionRules } from '../../feed/apk/version.ts';
import { hexOf } from '../../crypto/digest.ts';
import { mapParallel } from '../../io/parallel.ts';
import type { InstalledPackage } from '../../passes/openwrt/installed-package.ts';
import { formatApkDependency } from '../../solve/apk/dependency.ts';
import { solveApk } from '../../solve/apk/solve-apk.ts';
import type { ApkNode, ApkUniverse } from '../../solve/apk/universe.ts';
import type { Plan } from '../../solve/problem.ts';
import type { Node } from '../../tree/node.ts';
import { overlay } from '../../tree/overlay.ts';
import { apkReplaces } from '../bases/apk.ts';
import { installedApk } from '../bases/record-apk.ts';
import { openwrtControl } from '../openwrt/apk-control.ts';
import type { BuilderFeed } from './builder-feed.ts';

/**
 * Feeds of apk.
 *
 * @param pins names whose packages lie in an ImageBuilder, with their versions: no other will do
 */
export function apkBuilder(
  universe: ApkUniverse,
  architecture: string,
  pins: ReadonlyMap<string, string> = new Map(),
): BuilderFeed {
  const providersOf = (name: string): readonly ApkNode[] => universe.nameOf(name).providers.map(({ node }) => node);
  const matching = (pattern: string): readonly string[] => [...universe.names()].filter(compileGlob(pattern));
  return {
    manager: 'apk',
    has: (name) => providersOf(name).length > 0,
    near: (name) => nearest(name, universe.names()),
    wish(name) {
      const pin = pins.get(name);
      if (pin !== undefined) return `${name}=${pin}`;
      if (/[<>=~@!]/u.test(name) || universe.named(name).length > 0) return name;
      const found = providersOf(name)
        .map((node) => node.package as ApkIndexPackage)
        .filter((pkg) => pkg.name === withAbi(name, abiOf(pkg)))
        .toSorted((a, b) => apkVersionRules.compare(a.version, b.version));
      return found.at(-1)?.name ?? name;
    },
    solve(wanted) {
      const problem = { universe, wishes: wanted.map((text) => ({ text })), rules: apkVersionRules, architecture };
      return solveApk(problem);
    },
    // The solver gives back the universe's own objects.
    abiVersion: (pkg) => abiOf(pkg as ApkIndexPackage),
    async install(ctx, store, plan, named) {
      const asked = new Set(named.map((text) => text.replace(/[<>=~@].*$/u, '')));
      const fetched = await mapParallel((plan as Plan<ApkIndexPackage>).steps, 6, async ({ package: pkg, reason }) => {
        const blob = await fetchApkPackage(ctx, store, pkg);
        const payload = await unpackApk(ctx, store, blob, pkg);
        const { name, version, feed } = pkg;
        const locked = { name, version, architecture, sizeBytes: blob.sizeBytes, sha256: hexOf(blob.digest) };
        return { locked, payload, feed, reason };
      });
      const packages = await Promise.all(
        fetched.map(async ({ locked: { name, version }, payload, feed, reason }): Promise<InstalledPackage> => {
          const control = await openwrtControl(store, name, payload);
          const isNeeded = reason.kind !== 'wish';
          const own = { ...payload, control };
          return { name, version, architecture, feed, payload: own, isWished: asked.has(name) || !isNeeded, isNeeded };
        }),
      );
      const records = await mapParallel(fetched, 2, (one) => installedApk(ctx, store, one));
      const { tree } = overlay(new Map(), packageNodes(packages), { replaces: apkReplaces(fetched), devices: true });
      return { packages, tree, apk: { packages: records, architecture, world: named } };
    },
    depends(wanted) {
      const nodes = matching(wanted).flatMap((name) => {
        const own = providersOf(name).filter((node) => node.package.name === name);
        return own.length > 0 ? own : providersOf(name);
      });
      if (nodes.length === 0) return undefined;
      const texts = nodes.flatMap((node) => node.package.depends);
      return [...new Set(texts.map(formatApkDependency))].toSorted();
    },
    whatDepends(wanted) {
      const named = matching(wanted);
      const providing = named.flatMap(providersOf);
      if (providing.length === 0) return undefined;
      // Whatever they provide is a way to depend on them.
      const names = new Set([
        ...named,
        ...providing.flatMap(({ package: pkg }) => [pkg.name, ...pkg.provides.map(({ name }) => name)]),
      ]);
      const nodes = new Set(
        [...names]
          .flatMap((name) => universe.nameOf(name).dependents)
          .flatMap(({ providers }) => providers.map(({ node }) => node)),
      );
      const needing = [...nodes].filter((node) => node.depends.some((link) => names.has(link.name.text)));
      return [...new Set(needing.map((node) => node.package.name))].toSorted();
    },
  };
}

function* packageNodes(packages: readonly InstalledPackage[]): Generator<Node> {
  for (const { name, version, architecture, feed = 'openwrt', payload } of packages) {
    const origin = { kind: 'package', name, version, architecture, feed } as const;
    for (const entry of payload.entries) yield { ...entry, origin };
  }
}

function abiOf({ tags = [] }: ApkIndexPackage): string | undefined {
  const prefix = 'openwrt:abiversion=';
  return tags.find((tag) => tag.startsWith(prefix))?.slice(prefix.length);
}

/** FormatABISuffix (include/feeds.mk): a name that ends in a digit is kept apart. */
function withAbi(name: string, abi: string | undefined): string | undefined {
  if (abi === undefined || abi === '') return undefined;
  return `${name}${/\d$/u.test(name) ? '-' : ''}${abi}`;
}
