import type { PackagePayload } from '../../feed/feed.ts';
import { fetchIpk } from '../../feed/opkg/fetch-package.ts';
import { locateIpk } from '../../feed/opkg/index.ts';
import { checkIpkIdentity, unpackIpk } from '../../feed/opkg/package.ts';
import type { OpkgIndexPackage } from '../../feed/opkg/parse-index.ts';
import type { Context } from '../../io/context.ts';
import { mapParallel } from '../../io/parallel.ts';
import type { InstalledPackage } from '../../passes/openwrt/installed-package.ts';
import type { Plan } from '../../solve/problem.ts';
import { parseOpkgNames } from '../../solve/opkg/dependency.ts';
import type { Store } from '../../store/store.ts';
import type { Node, Tree } from '../../tree/node.ts';
import { overlay } from '../../tree/overlay.ts';
import type { Origin } from '../../values/origin.ts';

/** The packages of a plan, fetched and unpacked, in install order; `named` are those that somebody asked for. */
export async function fetchPlan(
  ctx: Context,
  store: Store,
  plan: Plan<OpkgIndexPackage>,
  named: readonly string[],
): Promise<readonly InstalledPackage[]> {
  const names = new Set(named);
  return await mapParallel(plan.steps, 6, async ({ package: pkg, reason }) => {
    const label = `${pkg.name} ${pkg.version}`;
    const payload = await unpackIpk(ctx, store, await fetchIpk(ctx, store, locateIpk(pkg), label), label);
    checkIpkIdentity(payload, pkg);
    return {
      name: pkg.name,
      version: pkg.version,
      architecture: pkg.architecture,
      feed: pkg.feed,
      payload,
      isWished: reason.kind === 'wish' || names.has(pkg.name),
      isNeeded: reason.kind === 'depends',
    };
  });
}

/** The files of all packages. Throws KP7003 for two packages with one file. */
export function layPackages(packages: readonly InstalledPackage[]): Tree {
  return overlay(new Map(), ipkNodes(packages), { replaces: ipkReplaces(packages), devices: true }).tree;
}

function* ipkNodes(packages: readonly InstalledPackage[]): Generator<Node> {
  for (const { name, version, architecture, payload, feed = 'openwrt' } of packages) {
    const origin: Origin = { kind: 'package', name, version, architecture, feed };
    for (const entry of payload.entries) yield { ...entry, origin };
  }
}

/** opkg's rule: a package takes over files of what it names in `Replaces`, and keeps its configuration beside. */
export function ipkReplaces(
  packages: readonly { readonly name: string; readonly payload: PackagePayload }[],
): (newer: Origin, older: Origin) => boolean {
  const controls = new Map(packages.map(({ name, payload }) => [name, payload.control]));
  return (newer, older) => {
    if (newer.kind !== 'package' || older.kind !== 'package') return false;
    const replaced = parseOpkgNames(controls.get(newer.name)?.get('replaces') ?? '');
    const provided = parseOpkgNames(controls.get(older.name)?.get('provides') ?? '');
    return [older.name, ...provided].some((name) => replaced.includes(name));
  };
}
