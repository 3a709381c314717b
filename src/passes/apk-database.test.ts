import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { memoryBlobs } from '../../test/support/memory-blobs.ts';
import { parseScriptsTar } from '../codec/apk-scripts.ts';
import type { PackageEntry } from '../feed/package-entry.ts';
import type { Node, Tree } from '../tree/node.ts';
import { overlay } from '../tree/overlay.ts';
import { writeApkDatabase, type ApkDatabaseSettings, type InstalledApk } from './apk-database.ts';

const blobs = memoryBlobs();
const common = { uid: 0, gid: 0, mtimeSeconds: 7 } as const;

function folder(path: string, mode = 0o755): PackageEntry {
  return { ...common, type: 'directory', path, mode };
}

function file(path: string, text: string, more: Partial<PackageEntry> = {}): PackageEntry {
  return { ...common, type: 'file', path, mode: 0o644, content: blobs.add(text), ...more } as PackageEntry;
}

function installedApk(name: string, entries: readonly PackageEntry[], more: Record<string, string> = {}): InstalledApk {
  const control = new Map(Object.entries({ pkgname: name, pkgver: '1-r0', arch: 'noarch', origin: 'src', ...more }));
  const scripts = new Map([['post-install', '#!/bin/sh\n']]);
  const payload = { entries, control, scripts, conffiles: [] };
  return {
    name,
    version: '1-r0',
    architecture: 'x86_64',
    checksum: 'Q1qKcZ+j23xssAXmgQhkOO8dHnbWw=',
    format: 'v2',
    fileSizeBytes: 99,
    payload,
  };
}

const packages = [
  installedApk('zlib', [folder('usr'), folder('usr/lib', 0o750), file('usr/lib/z', 'z'), file('usr/lib/gone', 'g')], {
    depend: 'musl so:libc',
    triggers: '/usr/lib /lib',
    builddate: '1700000000',
  }),
  installedApk('apk-keys', [
    folder('etc/apk/keys'),
    file('etc/apk/keys/a.pub', 'key'),
    file('usr/lib/z', 'lost to zlib'),
    { ...common, type: 'symlink', path: 'usr/link', mode: 0o777, target: 'lib/z' },
    file('usr/private', 'p', { mode: 0o4711, uid: 5, gid: 6, xattrs: new Map([['user.a', Buffer.from('1')]]) }),
  ]),
];

function tree(): Tree {
  const nodes = packages.flatMap(({ name, version, payload }) => {
    const origin = { kind: 'package', name, version, architecture: 'x86_64', feed: 'f' } as const;
    return payload.entries
      .filter(({ path }) => path !== 'usr/lib/gone' && !(name === 'apk-keys' && path === 'usr/lib/z'))
      .map((entry): Node => ({ ...entry, origin }));
  });
  const own = file('etc/apk/mine', 'overlay');
  const where = { file: 'kilopy.yaml', line: 1, column: 1 };
  return overlay(new Map(), [...nodes, { ...own, origin: { kind: 'overlay', where } }]).tree;
}

const settings: ApkDatabaseSettings = {
  mode: 'full',
  packages,
  architecture: 'x86_64',
  world: ['zlib', 'apk-keys', 'zlib'],
  repositories: ['https://example.org/main'],
  keys: new Map([['b.pub', 'pem']]),
};

async function textAt(result: Tree, path: string): Promise<string | undefined> {
  const node = result.get(path);
  return node?.type === 'file' ? Buffer.from(await blobs.read(node.content)).toString('utf8') : undefined;
}

function q1(content: string | Uint8Array): string {
  return `Q1${createHash('sha1').update(content).digest('base64')}`;
}

function head(name: string): string {
  return `C:Q1qKcZ+j23xssAXmgQhkOO8dHnbWw=\nP:${name}\nV:1-r0\nA:x86_64\nS:99\nI:0\nT:\nU:\nL:\no:src\n`;
}

test('full: what apk would have written, of what the tree still has', async () => {
  const { tree: result, report } = await writeApkDatabase(tree(), blobs, settings);
  const xattrs = q1(Buffer.from('\0\0\0\x06user.a\0\0\0\x011', 'latin1'));
  expect(await textAt(result, 'lib/apk/db/installed')).toBe(
    `${head('zlib')}t:1700000000\nD:musl so:libc\nF:usr\nF:usr/lib\nM:0:0:750\nR:z\nZ:${q1('z')}\n\n` +
      `${head('apk-keys')}F:etc/apk/keys\nR:a.pub\nZ:${q1('key')}\nF:usr\nR:link\na:0:0:777\nZ:${q1('lib/z')}\n` +
      `R:private\na:5:6:4711:${xattrs}\nZ:${q1('p')}\n\n`,
  );
  expect(await textAt(result, 'lib/apk/db/triggers')).toBe('Q1qKcZ+j23xssAXmgQhkOO8dHnbWw= /usr/lib /lib\n');
  const scripts = result.get('lib/apk/db/scripts.tar');
  const tar = scripts?.type === 'file' ? await blobs.read(scripts.content) : new Uint8Array(0);
  expect(parseScriptsTar(tar, 'scripts.tar').map(({ fileName, mtimeSeconds }) => [fileName, mtimeSeconds])).toEqual([
    ['zlib-1-r0.Q1qKcZ+j23xssAXmgQhkOO8dHnbWw=.post-install', 1_700_000_000],
    ['apk-keys-1-r0.Q1qKcZ+j23xssAXmgQhkOO8dHnbWw=.post-install', 0],
  ]);
  expect(await textAt(result, 'etc/apk/world')).toBe('apk-keys\nzlib\n');
  expect(await textAt(result, 'etc/apk/repositories')).toBe('https://example.org/main\n');
  expect(await textAt(result, 'etc/apk/arch')).toBe('x86_64\n');
  expect(await textAt(result, 'etc/apk/keys/b.pub')).toBe('pem');
  expect(report.removed).toEqual([]);
});

test('scanner: four lines a package, and nothing else of apk but what is the user’s own', async () => {
  const { tree: result, report } = await writeApkDatabase(tree(), blobs, { ...settings, mode: 'scanner' });
  expect(await textAt(result, 'lib/apk/db/installed')).toBe(
    'P:apk-keys\nV:1-r0\nA:x86_64\no:src\n\nP:zlib\nV:1-r0\nA:x86_64\no:src\n\n',
  );
  expect(report).toMatchObject({ written: ['lib/apk/db/installed'], removed: ['etc/apk/keys', 'etc/apk/keys/a.pub'] });
  expect([...result.keys()].filter((path) => path.startsWith('etc/apk'))).toEqual(['etc/apk', 'etc/apk/mine']);
});

test('none: nothing', async () => {
  const { tree: result } = await writeApkDatabase(tree(), blobs, { ...settings, mode: 'none' });
  expect([...result.keys()].filter((path) => path.includes('apk'))).toEqual(['etc/apk', 'etc/apk/mine']);
  expect(await textAt(result, 'usr/lib/z')).toBe('z');
});
