import type { MaintainerScriptsReport } from '../../passes/maintainer-scripts.ts';
import { linkAlternatives } from '../../passes/openwrt/alternatives.ts';
import { inTableOrder, type InstalledPackage } from '../../passes/openwrt/installed-package.ts';
import { addRequiredUsers } from '../../passes/openwrt/require-user.ts';
import { judgeOpenwrtScripts } from '../../passes/openwrt/scripts.ts';
import { runtimeTime } from '../../passes/runtime-time.ts';
import type { Store } from '../../store/store.ts';
import type { Tree } from '../../tree/node.ts';
import type { FetchedPackage } from '../bases/base-feed.ts';
import { openwrtControl } from './apk-control.ts';

/**
 * What of default_postinst concerns a container: alternatives and users. Services are for machines with procd, and the
 * database of a package manager stays out.
 */
export async function prepareContainer(store: Store, tree: Tree, packages: readonly FetchedPackage[]): Promise<Tree> {
  const installed = await Promise.all(
    packages.map(async (one) => {
      const { locked, payload } = one;
      const control = isApk(one) ? await openwrtControl(store, locked.name, payload) : payload.control;
      return installedPackage(one, control);
    }),
  );
  const isAllApk = packages.every(isApk);
  const ordered = isAllApk ? installed.toSorted((a, b) => (a.name < b.name ? -1 : 1)) : inTableOrder(installed);
  const mtimeSeconds = runtimeTime(tree);
  const linked = linkAlternatives(tree, ordered, mtimeSeconds, isAllApk ? 'apk' : 'opkg');
  return (await addRequiredUsers(linked.tree, store, installed, mtimeSeconds)).tree;
}

/** Scripts of OpenWrt's packages are one line of its library; what goes beyond it is named. */
export function judgeContainerScripts(packages: readonly FetchedPackage[]): MaintainerScriptsReport {
  const { unknown } = judgeOpenwrtScripts(packages.map((one) => installedPackage(one, one.payload.control)));
  return { recreated: [], unknown };
}

function installedPackage(
  { locked: { name, version, architecture }, payload }: FetchedPackage,
  control: ReadonlyMap<string, string>,
): InstalledPackage {
  return { name, version, architecture, payload: { ...payload, control }, isWished: false, isNeeded: true };
}

function isApk({ locked }: FetchedPackage): boolean {
  return locked.path.endsWith('.apk');
}
