import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import type { Node, Tree } from '../../src/tree/node.ts';
import { overlay } from '../../src/tree/overlay.ts';
import type { BlobRef, BlobSource } from '../../src/values/blob.ts';
import type { Digest } from '../../src/values/digest.ts';
import type { Origin } from '../../src/values/origin.ts';

export interface InstalledTree {
  readonly tree: Tree;
  readonly blobs: BlobSource;
}

/** Packages of this Debian machine with everything they depend on, as dpkg knows them, as a tree. Reads files when asked. */
export function installedPackages(names: readonly string[]): InstalledTree {
  const files = new Map<Digest, string>();
  const nodes = dependencies(names).flatMap((name) => nodesOf(name, files));
  const read = (ref: BlobRef): Promise<Uint8Array> => {
    const path = files.get(ref.digest);
    return path === undefined
      ? Promise.reject(new Error(`no blob ${ref.digest}`))
      : Promise.resolve(readFileSync(path));
  };
  const blobs: BlobSource = {
    has: (digest) => Promise.resolve(files.has(digest)),
    read,
    async *open(ref) {
      yield await read(ref);
    },
  };
  // usr-merge, as debootstrap made it on this machine: base-files of bookworm does not bring the links.
  const links = ['bin', 'lib', 'lib64', 'sbin'].map((path): Node => {
    const origin = { kind: 'pass', pass: 'debootstrap' } as const;
    return { type: 'symlink', path, target: `usr/${path}`, mode: 0o777, uid: 0, gid: 0, mtimeSeconds: 0, origin };
  });
  return { tree: overlay(new Map(), [...links, ...nodes], { replaces: () => true }).tree, blobs };
}

/** Name of the package that a program on this machine belongs to. */
export function packageOf(program: string): string {
  for (const path of [program, program.replace(/^\/usr/, '')])
    try {
      return execFileSync('dpkg', ['-S', path], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split(
        ':',
      )[0]!;
    } catch {
      continue;
    }
  throw new Error(`no package has ${program}`);
}

let relations: Map<string, string[]> | undefined;

function dependencies(names: readonly string[]): string[] {
  relations ??= readRelations();
  const found = new Set<string>();
  const pending = [...names];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (found.has(name) || !relations.has(name)) continue;
    found.add(name);
    pending.push(...relations.get(name)!);
  }
  return [...found]
    .filter(
      (name) => existsSync(`/var/lib/dpkg/info/${name}.list`) || existsSync(`/var/lib/dpkg/info/${name}:amd64.list`),
    )
    .toSorted();
}

/** Installed packages with what any alternative of their Depends names; a virtual package has those that provide it. */
function readRelations(): Map<string, string[]> {
  const format = '${db:Status-Abbrev}\t${Package}\t${Pre-Depends},${Depends}\t${Provides}\n';
  const rows = execFileSync('dpkg-query', ['-W', '-f', format], { encoding: 'utf8', maxBuffer: 1 << 26 }).split('\n');
  const found = new Map<string, string[]>();
  for (const row of rows) {
    const [status, name, depends = '', provides = ''] = row.split('\t');
    if (status?.trim() !== 'ii' || name === undefined) continue;
    found.set(name, [...(found.get(name) ?? []), ...namesIn(depends)]);
    for (const virtual of namesIn(provides)) found.set(virtual, [...(found.get(virtual) ?? []), name]);
  }
  return found;
}

function namesIn(text: string): string[] {
  const names = text.split(/[,|]/).map((part) => part.trim().replace(/[ :(].*$/, ''));
  return names.filter((name) => name !== '');
}

function nodesOf(name: string, files: Map<Digest, string>): Node[] {
  const origin: Origin = { kind: 'package', name, version: '2.36', architecture: 'amd64', feed: 'debian' };
  const paths = execFileSync('dpkg', ['-L', name], { encoding: 'utf8', maxBuffer: 1 << 26 }).split('\n');
  return paths.flatMap((path) => (path.startsWith('/') && path !== '/.' ? nodeAt(path, origin, files) : []));
}

function nodeAt(absolute: string, origin: Origin, files: Map<Digest, string>): Node[] {
  const stat = lstatSync(absolute, { throwIfNoEntry: false });
  if (stat === undefined) return [];
  const path = absolute.slice(1);
  const common = {
    path,
    mode: stat.mode & 0o7777,
    uid: 0,
    gid: 0,
    mtimeSeconds: Math.floor(stat.mtimeMs / 1000),
    origin,
  };
  if (stat.isDirectory()) return [{ ...common, type: 'directory' }];
  if (stat.isSymbolicLink()) return [{ ...common, type: 'symlink', target: readlinkSync(absolute) }];
  if (!stat.isFile()) return [];
  const digest: Digest = `sha256:${createHash('sha256').update(readFileSync(absolute)).digest('hex')}`;
  files.set(digest, absolute);
  return [{ ...common, type: 'file', content: { digest, sizeBytes: stat.size } }];
}
