import type { Node, Tree } from '../../tree/node.ts';
import { overlay } from '../../tree/overlay.ts';
import { isWithin } from '../../tree/paths.ts';
import type { BlobStore } from '../../values/blob.ts';
import type { PassResult } from '../pass-result.ts';
import { writeApkDatabase, type ApkDatabaseSettings } from '../apk-database.ts';
import { cleanIpkg } from './clean-ipkg.ts';
import { linkAlternatives, type AlternativesReport } from './alternatives.ts';
import { inTableOrder, type InstalledPackage } from './installed-package.ts';
import { writeOpkgDatabase } from './opkg-database.ts';
import { addRequiredUsers, type RequireUserReport } from './require-user.ts';
import { judgeOpenwrtScripts, type OpenwrtScriptsReport } from './scripts.ts';
import { enableServices, type ServicesReport } from './services.ts';

export interface PrepareSettings {
  readonly packages: readonly InstalledPackage[];
  readonly disabledServices: readonly string[];
  /** SOURCE_DATE_EPOCH: the time of everything. */
  readonly epochSeconds: number;
  /** Laid over the packages before services are looked at: FILES of ImageBuilder, the application. */
  readonly files?: readonly Node[] | undefined;
  /** CONFIG_CLEAN_IPKG: opkg's database shrinks to what the device itself needs. Default: no. */
  readonly cleansIpkg?: boolean | undefined;
  /** What apk writes down; absent where opkg installs. */
  readonly apk?: OpenwrtApk | undefined;
}

/** The same packages as apk knows them, and what was asked of it. */
export type OpenwrtApk = Pick<ApkDatabaseSettings, 'packages' | 'architecture' | 'world' | 'keys'>;

export interface PrepareReport {
  readonly alternatives: AlternativesReport;
  readonly users: RequireUserReport;
  readonly services: ServicesReport;
  readonly scripts: OpenwrtScriptsReport;
}

/**
 * What ImageBuilder makes of installed packages (include/rootfs.mk, prepare_rootfs) and what default_postinst of
 * functions.sh does for each of them, without running any shell. uci-defaults stay: they are for the first boot.
 */
export async function prepareOpenwrt(
  tree: Tree,
  blobs: BlobStore,
  settings: PrepareSettings,
): Promise<PassResult<PrepareReport>> {
  const { packages, epochSeconds, disabledServices, files = [] } = settings;
  const installed =
    settings.apk === undefined
      ? await installOpkg(tree, blobs, packages, epochSeconds)
      : await installApk(tree, blobs, packages, settings.apk, epochSeconds);
  const laid = overlay(installed.tree, files).tree;
  const users = await addRequiredUsers(laid, blobs, packages, epochSeconds);
  const moved = moveRootfsOverlay(users.tree);
  const services = await enableServices(moved, blobs, disabledServices, epochSeconds);
  const tidy = cleanUp(services.tree);
  const clean = settings.cleansIpkg === true ? await cleanIpkg(tidy, blobs) : tidy;
  return {
    tree: withTime(clean, epochSeconds),
    report: {
      alternatives: installed.report,
      users: users.report,
      services: services.report,
      scripts: judgeOpenwrtScripts(packages),
    },
  };
}

/** The state after `opkg install`: alternatives and the database, scripts included. */
export async function installOpkg(
  tree: Tree,
  blobs: BlobStore,
  packages: readonly InstalledPackage[],
  epochSeconds: number,
): Promise<PassResult<AlternativesReport>> {
  const database = { installedSeconds: epochSeconds, withScripts: true };
  const alternatives = linkAlternatives(tree, inTableOrder(packages), epochSeconds, 'opkg');
  return { tree: await writeOpkgDatabase(alternatives.tree, blobs, packages, database), report: alternatives.report };
}

/** The state after `apk add --no-scripts` and the alternatives, which functions.sh goes through by name. */
async function installApk(
  tree: Tree,
  blobs: BlobStore,
  packages: readonly InstalledPackage[],
  apk: OpenwrtApk,
  epochSeconds: number,
): Promise<PassResult<AlternativesReport>> {
  const settings = { ...apk, mode: 'full', repositories: [], layout: 'openwrt' } as const;
  const { tree: recorded } = await writeApkDatabase(tree, blobs, settings);
  const byName = packages.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return linkAlternatives(recorded, byName, epochSeconds, 'apk');
}

/** `rootfs-overlay/` of a package goes over the root (default_postinst). */
function moveRootfsOverlay(tree: Tree): Tree {
  const folder = 'rootfs-overlay';
  if (!tree.has(folder)) return tree;
  const rest = new Map([...tree].filter(([path]) => !isWithin(path, folder)));
  const moved = [...tree.values()]
    .filter(({ path }) => isWithin(path, folder) && path !== folder)
    .map((node) => ({
      ...node,
      path: node.path.slice(folder.length + 1),
      origin: { kind: 'pass', pass: 'rootfs-overlay' } as const,
    }));
  return overlay(rest, moved).tree;
}

const leftovers = [
  /(?:^|\/)\.(?:svn|git)(?:\/|$)/u,
  /(?:^|\/)CVS(?:\/|$)/u,
  /(?:^|\/)\.#[^/]*$/u,
  /^boot(?:\/|$)/u,
  /^tmp\/./u,
  /^usr\/lib\/opkg\/info\/[^/]*\.postinst[^/]*$/u,
  /^usr\/lib\/opkg\/lists\/./u,
  /^var\/lock\/[^/]*\.lock$/u,
];

function cleanUp(tree: Tree): Tree {
  return new Map([...tree].filter(([path]) => !leftovers.some((pattern) => pattern.test(path))));
}

/** Everything has one time. Hard links stay hard links. */
function withTime(tree: Tree, mtimeSeconds: number): Tree {
  return new Map([...tree].map(([path, node]) => [path, { ...node, mtimeSeconds }]));
}
