import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OpkgIndexPackage } from '../../src/feed/opkg/parse-index.ts';
import { openLocalOpkgFeeds } from '../../src/feed/opkg/local.ts';
import { opkgVersionRules } from '../../src/feed/opkg/version.ts';
import type { InstalledPackage } from '../../src/passes/openwrt/installed-package.ts';
import { statusText } from '../../src/passes/openwrt/opkg-database.ts';
import { installOpkg, prepareOpenwrt, type PrepareReport } from '../../src/passes/openwrt/prepare.ts';
import { fetchPlan, layPackages } from '../../src/pipeline/openwrt/install-packages.ts';
import type { Plan } from '../../src/solve/problem.ts';
import { solveOpkgCompat } from '../../src/solve/opkg/solve-compat.ts';
import type { Tree } from '../../src/tree/node.ts';
import { openTestStore, type TestStore } from '../support/test-store.ts';

const realdata = process.env.KILOPY_REALDATA ?? resolve(import.meta.dirname, '../../../shared/realdata');
const openwrt = join(realdata, 'openwrt');
const expected = (name: string): string => readFileSync(join(openwrt, 'expected-nooblog', name), 'utf8');
const epochSeconds = 1_795_416_667;

function fileOf(name: string): string {
  const places = ['Core', 'r3p'].map((feed) => join(openwrt, `nooblog-${feed}-mipsel_24kc`, `${name}_mipsel_24kc.ipk`));
  return places.find((path) => existsSync(path)) ?? name;
}

function withoutTime(text: string): string {
  return text.replace(/^Installed-Time: .*$/gmu, '');
}

/** The record was made in a root where var was a folder already, not the link to tmp that base-files brings. */
function pathsOf(tree: Tree): readonly string[] {
  return [...tree.values()]
    .filter(({ type, path }) => type !== 'directory' && path !== 'var')
    .map(({ path }) => `./${path}`);
}

describe.skipIf(!existsSync(openwrt))('the base system of 2019, as opkg and ImageBuilder made it', () => {
  let testStore: TestStore;
  let packages: readonly InstalledPackage[];
  let laid: Tree;
  let prepared: { readonly tree: Tree; readonly report: PrepareReport };

  beforeAll(async () => {
    testStore = await openTestStore();
    const { ctx, store } = testStore;
    const feeds = ['Core', 'r3p'].map((name) => join(openwrt, `nooblog-${name}-mipsel_24kc`));
    // Whoever made the record gave these two as files too, as the status shows.
    for (const name of ['libgcc1_7.4.0-1', 'libpthread_1.1.22-1']) feeds.push(fileOf(name));
    const { universe } = await openLocalOpkgFeeds(ctx, store, { feeds, allowUntrusted: true }, 'mipsel_24kc');
    const names = ['base-files', 'busybox', 'dropbear', 'netifd', 'opkg', 'procd', 'uci'];
    const wishes = names.map((text) => ({ text }));
    const named = [...universe.byHand.map(({ name }) => name), ...names];
    const solution = solveOpkgCompat({ universe, wishes, rules: opkgVersionRules });
    if (!solution.ok) throw new Error('no solution');
    packages = await fetchPlan(ctx, store, solution.plan as Plan<OpkgIndexPackage>, named);
    laid = layPackages(packages);
    const settings = { packages, epochSeconds, disabledServices: ['sysntpd'] };
    prepared = await prepareOpenwrt(laid, store, settings);
  });

  afterAll(async () => {
    await testStore.remove();
  });

  test('list-installed', () => {
    const list = packages.map(({ name, version }) => `${name} - ${version}`).toSorted();
    expect(list).toEqual(expected('list-installed.txt').trimEnd().split('\n').toSorted());
  });

  test('status, times apart', async () => {
    const { tree } = await installOpkg(laid, testStore.store, packages, epochSeconds);
    expect(withoutTime(statusText(tree, packages, { installedSeconds: epochSeconds }))).toBe(
      withoutTime(expected('status')),
    );
  });

  test('files after the installation', async () => {
    const { tree } = await installOpkg(laid, testStore.store, packages, epochSeconds);
    expect(pathsOf(tree).toSorted()).toEqual(expected('files.txt').trimEnd().split('\n').toSorted());
  });

  test('services and their links', () => {
    const lines = expected('prepare_rootfs.log').split('\n');
    const after = (word: string): string[] =>
      lines.flatMap((line) => (line.startsWith(word) ? [line.slice(word.length).trim()] : []));
    const { services } = prepared.report;
    expect([services.enabled, services.disabled]).toEqual([after('Enabling'), after('Disabling')]);
    expect([services.unclear, services.unknown]).toEqual([[], []]);
    const links = [...prepared.tree.values()].flatMap((node) =>
      node.type === 'symlink' && node.path.startsWith('etc/rc.d/') ? [`${node.path.slice(9)} -> ${node.target}`] : [],
    );
    expect(links.toSorted()).toEqual(lines.filter((line) => line.includes(' -> ')).toSorted());
  });

  test('files after the preparation; what ImageBuilder takes out at its very end is out already', () => {
    // The record was made before the last step: scripts and locks were still there.
    const gone = expected('files-after-prepare.txt')
      .trimEnd()
      .split('\n')
      .filter((path) => path.endsWith('.postinst'));
    const { locks } = prepared.report.services;
    const made = [...pathsOf(prepared.tree), ...locks.map((path) => `./${path}`), ...gone];
    expect(made.toSorted()).toEqual(expected('files-after-prepare.txt').trimEnd().split('\n').toSorted());
  });

  test('no script is left out in silence, the groups are there, everything has one time', async () => {
    const { report, tree } = prepared;
    expect(report.scripts.unknown).toEqual([]);
    expect(new Set([...tree.values()].map(({ mtimeSeconds }) => mtimeSeconds))).toEqual(new Set([epochSeconds]));
    const group = tree.get('etc/group');
    const text = group?.type === 'file' ? await testStore.store.read(group.content) : [];
    expect(Buffer.from(text).toString('utf8')).toMatch(/^dialout:x:20:$/mu);
  });
});
