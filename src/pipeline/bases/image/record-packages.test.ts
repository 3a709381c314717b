import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recipeOf } from '../../../../test/support/apk-repository.ts';
import { scratch } from '../../../../test/support/cli.ts';
import { makeDeb } from '../../../../test/support/deb-file.ts';
import { makeIpk } from '../../../../test/support/opkg-repository.ts';
import { openTestStore, type TestStore } from '../../../../test/support/test-store.ts';
import { parseInstalled } from '../../../codec/apk-installed.ts';
import { hexOf } from '../../../crypto/digest.ts';
import { readSigningKey } from '../../../crypto/signing-key.ts';
import { writeApkV2 } from '../../../emit/apk/write-apk-v2.ts';
import { unpackApk } from '../../../feed/apk/fetch-package.ts';
import { unpackDeb } from '../../../feed/deb/package.ts';
import { unpackIpk } from '../../../feed/opkg/package.ts';
import type { PackagePayload } from '../../../feed/feed.ts';
import type { LockPackage } from '../../../lock/lock.ts';
import type { Node, Tree } from '../../../tree/node.ts';
import { overlay } from '../../../tree/overlay.ts';
import type { BlobRef } from '../../../values/blob.ts';
import type { Origin } from '../../../values/origin.ts';
import { packageNodes } from '../../package-nodes.ts';
import type { FetchedPackage } from '../base-feed.ts';
import { recordPackages } from './record-packages.ts';

/** Packages on top of an image are in its own database afterwards. */

let opened: TestStore;

beforeAll(async () => {
  opened = await openTestStore();
});
afterAll(async () => {
  await opened.remove();
});

const image: Origin = { kind: 'image', reference: 'base', layer: 'base' };
const common = { uid: 0, gid: 0, mtimeSeconds: 1000, origin: image };

async function below(files: Readonly<Record<string, string>>, links: readonly Node[] = []): Promise<Tree> {
  const nodes: Node[] = [...links];
  for (const [path, text] of Object.entries(files)) {
    nodes.push({ ...common, type: 'file', path, mode: 0o644, content: await opened.store.put(Buffer.from(text)) });
  }
  return overlay(new Map(), nodes).tree;
}

type Unpack = (blob: BlobRef, locked: LockPackage) => Promise<PackagePayload>;

async function fetched(
  name: string,
  version: string,
  ending: string,
  bytes: Uint8Array,
  unpack: Unpack,
): Promise<FetchedPackage> {
  const blob = await opened.store.put(bytes);
  const architecture = ending === 'apk' ? 'x86_64' : 'amd64';
  const sha256 = hexOf(blob.digest);
  const path = `${name}.${ending}`;
  const locked = { name, version, architecture, feed: 'test', path, sizeBytes: bytes.length, sha256, reason: '' };
  return { locked, payload: await unpack(blob, locked) };
}

async function recorded(tree: Tree, packages: readonly FetchedPackage[], wishes: readonly string[]): Promise<Tree> {
  const laid = overlay(tree, packageNodes(packages), { replaces: (_, older) => older.kind === 'image' }).tree;
  const spec = { packages: wishes.map((text) => ({ text })) };
  return await recordPackages(opened.ctx, opened.store, laid, { spec, packages });
}

async function textAt(tree: Tree, path: string): Promise<string> {
  const node = tree.get(path);
  if (node?.type !== 'file') throw new Error(`no file at ${path}`);
  return Buffer.from(await opened.store.read(node.content)).toString('utf8');
}

async function deb(): Promise<FetchedPackage> {
  const control = {
    Package: 'libhello',
    Version: '1:2.0-1',
    Architecture: 'amd64',
    Maintainer: 'a <a@b>',
    'Multi-Arch': 'same',
    Depends: 'libc6 (>= 2.36)',
    Description: 'greets\n More words.\n .\n And more.',
  };
  const content = { 'usr/lib/libhello.so.1': 'elf', 'etc/hello.conf': 'loud=1\n' };
  const bytes = await makeDeb(control, content, { conffiles: '/etc/hello.conf\n', postinst: '#!/bin/sh\nexit 0\n' });
  return await fetched('libhello', '1:2.0-1', 'deb', bytes, (blob) =>
    unpackDeb(opened.ctx, opened.store, blob, 'libhello'),
  );
}

const libc =
  'Package: libc6\nStatus: install ok installed\nMaintainer: a <a@b>\nArchitecture: amd64\nVersion: 2.41-1\nDescription: c\n\n';

test("dpkg's own program sees them beside those that were there, with their files and checksums", async () => {
  const tree = await recorded(
    await below({ 'var/lib/dpkg/status': libc, 'var/lib/dpkg/info/format': '1\n' }),
    [await deb()],
    ['libhello'],
  );
  const root = scratch();
  for (const node of tree.values()) {
    if (node.type !== 'file') continue;
    const path = join(root, node.path);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, await opened.store.read(node.content), { mode: node.mode });
  }
  const admin = join(root, 'var/lib/dpkg');
  for (const folder of ['updates', 'triggers']) mkdirSync(join(admin, folder));
  writeFileSync(join(admin, 'info/libc6.list'), '/.\n');
  writeFileSync(join(admin, 'info/libc6.md5sums'), '');
  const query = (...words: string[]): string =>
    execFileSync('dpkg-query', [`--admindir=${admin}`, ...words], { encoding: 'utf8' });
  expect(query('-W', '-f', '${Package} ${Version} ${Status} ${Conffiles}\n').trim().split('\n')).toEqual([
    'libc6 2.41-1 install ok installed ',
    expect.stringMatching(/^libhello 1:2\.0-1 install ok installed {2}\/etc\/hello\.conf [0-9a-f]{32}$/u),
  ]);
  expect(query('-W', '-f', '${Description}', 'libhello')).toBe('greets\n More words.\n .\n And more.');
  expect(query('-L', 'libhello').split('\n')).toEqual([
    '/.',
    '/etc',
    '/etc/hello.conf',
    '/usr',
    '/usr/lib',
    '/usr/lib/libhello.so.1',
    '',
  ]);
  const dpkg = (...words: string[]): string =>
    execFileSync('dpkg', [`--root=${root}`, ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  expect(dpkg('--verify', 'libhello')).toBe('');
  expect(dpkg('--audit')).toBe('');
  expect(tree.get('var/lib/dpkg/info/libhello:amd64.postinst')).toMatchObject({ mode: 0o755 });
});

test('distroless images have a file for each package', async () => {
  const tree = await recorded(
    await below({ 'var/lib/dpkg/status.d/libc6': libc, 'var/lib/dpkg/status.d/libc6.md5sums': '' }),
    [await deb()],
    ['libhello'],
  );
  expect(await textAt(tree, 'var/lib/dpkg/status.d/libhello')).toBe(
    'Package: libhello\nVersion: 1:2.0-1\nArchitecture: amd64\nMaintainer: a <a@b>\nMulti-Arch: same\nDepends: libc6 (>= 2.36)\nDescription: greets\n More words.\n .\n And more.\n',
  );
  expect(await textAt(tree, 'var/lib/dpkg/status.d/libhello.md5sums')).toMatch(
    /^[0-9a-f]{32} {2}etc\/hello\.conf\n[0-9a-f]{32} {2}usr\/lib\/libhello\.so\.1\n$/u,
  );
  expect(tree.has('var/lib/dpkg/status')).toBe(false);
});

async function apk(name: string, folder = 'usr/bin'): Promise<FetchedPackage> {
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const recipe = recipeOf({ name, version: '1.0-r0', origin: 'src', content: { [`${folder}/${name}`]: 'elf' } });
  const { bytes } = await writeApkV2(recipe, [readSigningKey(pair.privateKey, 'test.rsa.pub')], 'sha256');
  return await fetched(name, '1.0-r0', 'apk', bytes, (blob, locked) =>
    unpackApk(opened.ctx, opened.store, blob, locked),
  );
}

const busybox = 'C:Q1qKcZ+j23xssAXmgQhkOO8dHnbWw=\nP:busybox\nV:1.37\nA:x86_64\n';

test('apk, with its files where the database has files, and the wish in world', async () => {
  const tree = await recorded(
    await below({ 'lib/apk/db/installed': `${busybox}F:bin\nR:busybox\n\n`, 'etc/apk/world': 'busybox\n' }),
    [await apk('alpha'), await apk('beta')],
    ['alpha'],
  );
  const found = parseInstalled(Buffer.from(await textAt(tree, 'lib/apk/db/installed')), 'installed');
  expect(
    found.map(({ name, folders }) => [
      name,
      folders.flatMap(({ path, files }) => files.map((file) => `${path}/${file.name}`)),
    ]),
  ).toEqual([
    ['busybox', ['bin/busybox']],
    ['alpha', ['usr/bin/alpha']],
    ['beta', ['usr/bin/beta']],
  ]);
  expect(await textAt(tree, 'etc/apk/world')).toBe('alpha\nbusybox\n');
});

test('apk below a merged /usr, in the few words that scanners read', async () => {
  const merged: Node = { ...common, type: 'symlink', path: 'lib', mode: 0o777, target: 'usr/lib' };
  const tree = await recorded(
    await below({ 'usr/lib/apk/db/installed': `${busybox}\n` }, [merged]),
    [await apk('alpha')],
    ['alpha'],
  );
  expect(await textAt(tree, 'usr/lib/apk/db/installed')).toBe(`${busybox}\nP:alpha\nV:1.0-r0\nA:x86_64\no:src\n\n`);
  expect(tree.has('etc/apk/world')).toBe(false);
});

test('a file that lies elsewhere below a merged /usr, bytes that are no UTF-8, and a world without a wish', async () => {
  const merged: Node = { ...common, type: 'symlink', path: 'lib', mode: 0o777, target: 'usr/lib' };
  const base = await below({ 'etc/apk/world': '' }, [merged]);
  const latin = Buffer.concat([
    Buffer.from(busybox),
    Buffer.from([0x54, 0x3a, 0xe4, 0x0a]),
    Buffer.from('F:bin\nR:busybox\n\n'),
  ]);
  const content = await opened.store.put(latin);
  const database: Node = { ...common, type: 'file', path: 'usr/lib/apk/db/installed', mode: 0o644, content };
  const tree = await recorded(overlay(base, [database]).tree, [await apk('libalpha.so', 'lib')], ['libalpha.so']);
  const node = tree.get('usr/lib/apk/db/installed');
  if (node?.type !== 'file') throw new Error('no database');
  const bytes = Buffer.from(await opened.store.read(node.content));
  expect(bytes.subarray(0, latin.length).equals(latin)).toBe(true);
  expect(bytes.toString('latin1')).toContain('F:lib\nR:libalpha.so\n');
  expect(await textAt(tree, 'etc/apk/world')).toBe('libalpha.so\n');
});

test('opkg', async () => {
  const { bytes } = await makeIpk({
    name: 'hello',
    version: '2-1',
    architecture: 'amd64',
    fields: { Depends: 'libc' },
    content: { 'usr/bin/hello': 'elf', 'etc/config/hello': 'x' },
    conffiles: ['/etc/config/hello'],
  });
  const hello = await fetched('hello', '2-1', 'ipk', bytes, (blob) =>
    unpackIpk(opened.ctx, opened.store, blob, 'hello'),
  );
  const status = 'Package: libc\nVersion: 1\nStatus: install ok installed\nArchitecture: amd64\n\n';
  const tree = await recorded(
    await below({ 'usr/lib/opkg/status': status, 'usr/lib/opkg/info/libc.list': '' }),
    [hello],
    ['hello'],
  );
  const text = await textAt(tree, 'usr/lib/opkg/status');
  expect(
    text.startsWith(`${status}Package: hello\nVersion: 2-1\nDepends: libc\nStatus: install user installed\n`),
  ).toBe(true);
  expect(text).toMatch(/Conffiles:\n \/etc\/config\/hello [0-9a-f]{64}\nInstalled-Time: \d+\n\n$/u);
  expect(await textAt(tree, 'usr/lib/opkg/info/hello.list')).toBe('/etc/config/hello\n/usr/bin/hello\n');
  expect(await textAt(tree, 'usr/lib/opkg/info/hello.control')).toContain('Package: hello');
});

test('an image without a database gets none', async () => {
  const tree = await recorded(await below({ 'etc/os-release': 'ID=debian\n' }), [await deb()], []);
  expect([...tree.keys()].filter((path) => path.startsWith('var'))).toEqual([]);
});
