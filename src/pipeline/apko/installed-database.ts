import { formatGoHeader } from '../../codec/tar/go-header.ts';
import { baseName, parentsOf } from '../../tree/paths.ts';
import type { ApkoEntry, ApkoPackage } from './apko-package.ts';
import type { RootFiles } from './root-files.ts';

/**
 * The record of a package in apk's installed database exactly as apko writes it, with its two habits: `i:` holds a
 * printed Go list, and `D:` and `p:` are there although empty (apko `PackageToInstalled`).
 */
export function installedRecord(pkg: ApkoPackage): string {
  const lines = [
    `P:${pkg.name}`,
    `V:${pkg.version}`,
    `A:${pkg.architecture}`,
    `L:${pkg.license}`,
    `T:${pkg.description}`,
    `o:${pkg.origin}`,
    `m:${pkg.maintainer}`,
    `U:${pkg.url}`,
    `D:${pkg.depends.join(' ')}`,
    `p:${pkg.provides.join(' ')}`,
    ...(pkg.replaces.length > 0 ? [`r:${pkg.replaces.join(' ')}`] : []),
    `c:${pkg.commit}`,
    `i:[${pkg.installIf.join(' ')}]`,
    `t:${String(pkg.buildTime)}`,
    `S:${String(pkg.sizeBytes)}`,
    `I:${String(pkg.installedSizeBytes)}`,
    `k:${String(pkg.providerPriority)}`,
    ...(pkg.checksum === '' ? [] : [`C:${pkg.checksum}`]),
    ...fileLines(pkg.entries),
  ];
  return `${lines.join('\n')}\n\n`;
}

function fileLines(entries: readonly ApkoEntry[]): readonly string[] {
  const lines: string[] = [];
  let needsTop = true;
  for (const { node, checksum } of reachable(entries.toSorted(byPath))) {
    const mode = node.mode.toString(8).padStart(4, '0');
    const owner = `${String(node.uid)}:${String(node.gid)}:${mode}`;
    const isFolder = node.type === 'directory';
    if (isFolder) lines.push(`F:${node.path}`);
    else {
      if (needsTop) lines.push('F:');
      lines.push(`R:${baseName(node.path)}`);
    }
    needsTop = false;
    if (owner !== (isFolder ? '0:0:0755' : '0:0:0644')) lines.push(`${isFolder ? 'M' : 'a'}:${owner}`);
    if (!isFolder && checksum !== undefined) lines.push(`Z:${checksum}`);
  }
  return lines;
}

/** Without entries whose folders the package does not list itself. */
function reachable(entries: readonly ApkoEntry[]): readonly ApkoEntry[] {
  const folders = new Set([
    '',
    ...entries.filter(({ node }) => node.type === 'directory').map(({ node }) => node.path),
  ]);
  return entries.filter(({ node }) => [...parentsOf(node.path)].every((parent) => folders.has(parent)));
}

/** Within a folder files come before folders, each by name. */
function byPath(a: ApkoEntry, b: ApkoEntry): number {
  const [left, right] = [a.node.path.split('/'), b.node.path.split('/')];
  let at = 0;
  while (at < left.length - 1 && at < right.length - 1 && left[at] === right[at]) at++;
  const folderLeft = at + 1 < left.length || a.node.type === 'directory';
  const folderRight = at + 1 < right.length || b.node.type === 'directory';
  const differ = at < left.length - 1 && at < right.length - 1;
  if (!differ && folderLeft !== folderRight) return folderLeft ? 1 : -1;
  return Buffer.compare(Buffer.from(left[at] ?? ''), Buffer.from(right[at] ?? '')) || left.length - right.length;
}

/**
 * Appends the packages to the database, their scripts and triggers to the files beside it. Nothing of them is run. A
 * file that another package brought in the end is not in the record.
 */
export async function recordPackages(
  root: RootFiles,
  packages: readonly ApkoPackage[],
  bringers: ReadonlyMap<string, ApkoPackage>,
  buildDateSeconds: number,
): Promise<ReadonlyMap<string, string>> {
  const isOwn = (pkg: ApkoPackage, { node }: ApkoEntry): boolean => (bringers.get(node.path) ?? pkg) === pkg;
  const records = new Map(
    packages.map((pkg) => {
      return [pkg.name, installedRecord({ ...pkg, entries: pkg.entries.filter((entry) => isOwn(pkg, entry)) })];
    }),
  );
  const folder = 'usr/lib/apk/db';
  await root.write(
    `${folder}/installed`,
    `${(await root.read(`${folder}/installed`)) ?? ''}${[...records.values()].join('')}`,
    0o644,
  );
  const triggers = packages.flatMap((pkg) => pkg.triggers.map((glob) => `${pkg.checksum} ${glob}\n`));
  await root.write(`${folder}/triggers`, triggers.join(''), 0o644);
  await root.write(`${folder}/scripts.tar`, scriptsTar(packages, buildDateSeconds), 0o644);
  return records;
}

function scriptsTar(packages: readonly ApkoPackage[], mtimeSeconds: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const { name, version, checksum, scripts } of packages) {
    for (const [script, text] of scripts) {
      const body = Buffer.from(text);
      const path = `${name}-${version}.${checksum}${script}`;
      const owner = { uid: 0, gid: 0, uname: 'root', gname: 'root' };
      parts.push(formatGoHeader({ ...owner, type: 'file', path, mode: 0o755, mtimeSeconds }, body.length), body);
      parts.push(new Uint8Array((512 - (body.length % 512)) % 512));
    }
  }
  return Buffer.concat([...parts, new Uint8Array(1024)]);
}
