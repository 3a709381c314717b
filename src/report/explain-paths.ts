import { parseOpkgControl } from '../codec/opkg-control.ts';
import { parseAlternatives } from '../passes/openwrt/installed-package.ts';
import type { Node, Tree } from '../tree/node.ts';
import { parentsOf } from '../tree/paths.ts';
import { packageAt } from './size-owner.ts';
import { apkAlternatives, type FoundPackage } from './installed-packages.ts';

/** How the paths of a root file system of OpenWrt come about. */
export interface ExplainedPaths {
  readonly paths: number;
  /** Listed by a package. */
  readonly byPackage: number;
  /** What installation and preparation make, by the name of the step. */
  readonly byPass: Readonly<Record<string, number>>;
  readonly unexplained: readonly string[];
}

/** What apk writes down, and what it is told (apk-world(5), apk-repositories(5)). */
const apkDatabase = /^(?:lib\/apk\/(?:db|exec)|etc\/apk)(?:\/|$)/u;

/** Folders that have to be there although nothing is in them. */
const mountPoints = new Set(['dev', 'mnt', 'overlay', 'proc', 'rom', 'root', 'run', 'sys', 'tmp', 'var']);

/** Counts what explains each path: a package's list, a step of the preparation, or nothing. */
export function explainPaths(
  tree: Tree,
  owners: ReadonlyMap<string, FoundPackage>,
  contents: ReadonlyMap<string, Uint8Array>,
): ExplainedPaths {
  const status = Buffer.from(contents.get('usr/lib/opkg/status') ?? []).toString('utf8');
  const lists = [...contents].filter(([path]) => apkAlternatives.test(path));
  const fields = [
    ...parseOpkgControl(status).map((one) => one.get('alternatives') ?? ''),
    ...lists.map(([, bytes]) => Buffer.from(bytes).toString('utf8').trim().replaceAll('\n', ', ')),
  ];
  const alternatives = new Set(fields.flatMap((field) => parseAlternatives(field).map(({ path }) => path.slice(1))));
  const passes = new Map<string, number>();
  const count = (name: string): void => void passes.set(name, (passes.get(name) ?? 0) + 1);
  const parents = new Set<string>();
  const unexplained: string[] = [];
  let byPackage = 0;
  const nodes = [...tree.values()].filter(({ path }) => path !== '');
  for (const node of nodes.filter(({ type }) => type !== 'directory')) {
    const pass = passOf(node, alternatives);
    if (packageAt(owners, node.path) !== undefined) byPackage += 1;
    else if (pass !== undefined) count(pass);
    else {
      unexplained.push(node.path);
      continue;
    }
    for (const parent of parentsOf(node.path)) parents.add(parent);
  }
  for (const { path } of nodes.filter(({ type }) => type === 'directory')) {
    if (packageAt(owners, path) !== undefined) byPackage += 1;
    else if (parents.has(path)) count('folders');
    else if (mountPoints.has(path)) count('mount-points');
    else if (path.startsWith('usr/lib/opkg/')) count('opkg-database');
    else if (apkDatabase.test(path)) count('apk-database');
    else unexplained.push(path);
  }
  return {
    paths: nodes.length,
    byPackage,
    byPass: Object.fromEntries([...passes].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    unexplained: unexplained.toSorted(),
  };
}

function passOf(node: Node, alternatives: ReadonlySet<string>): string | undefined {
  if (node.type === 'symlink' && /^etc\/rc\.d\/[SK]\d\d/u.test(node.path)) return 'services';
  if (node.path.startsWith('usr/lib/opkg/')) return 'opkg-database';
  if (apkDatabase.test(node.path)) return 'apk-database';
  if (node.type === 'symlink' && alternatives.has(node.path)) return 'alternatives';
  return node.path === 'dev/console' ? 'console' : undefined;
}
