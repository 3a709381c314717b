import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readPublicKey, type FeedKey } from '../../src/crypto/public-keys.ts';
import { unpackApkV2 } from '../../src/feed/apk/v2/package.ts';
import { unpackApkV3 } from '../../src/feed/apk/v3/package.ts';
import type { PackagePayload } from '../../src/feed/feed.ts';
import { defaultLimits } from '../../src/io/limits.ts';
import { writeApkDatabase, type InstalledApk } from '../../src/passes/apk-database.ts';
import { parseInstalled } from '../../src/codec/apk-installed.ts';
import type { Node } from '../../src/tree/node.ts';
import { overlay } from '../../src/tree/overlay.ts';
import { inspectApkV3 } from '../../src/pipeline/inspect-apk-v3.ts';
import { makeApkFeed, type ApkFeed } from '../support/apk-feed.ts';
import { openTestStore, type TestStore } from '../support/test-store.ts';
import { writeTree } from '../support/write-tree.ts';
import { rootEnvironment } from '../support/run-in-root.ts';

const realdata = process.env.KILOPY_REALDATA ?? resolve(import.meta.dirname, '../../../shared/realdata');
const minirootfs = join(realdata, 'alpine/minirootfs/alpine-minirootfs-3.20.3-x86_64.tar.gz');
/** An `apk` of apk-tools 3; no distribution that CI has brings one. */
const apk3 = process.env['KILOPY_APK3'];
const canChroot = existsSync(minirootfs) && process.getuid?.() === 0 && process.arch === 'x64';
const noChroot = 'needs the folder with real data, root and an x86-64 machine';

let feed: ApkFeed;
let alpine: string;
let scratch: TestStore;

beforeAll(async () => {
  feed = await makeApkFeed();
  scratch = await openTestStore();
  alpine = mkdtempSync(join(tmpdir(), 'kilopy-alpine-'));
  if (!canChroot) return;
  execFileSync('tar', ['xzf', minirootfs, '-C', alpine]);
  cpSync(join(feed.folder, 'feed/me.rsa.pub'), join(alpine, 'etc/apk/keys/me.rsa.pub'));
  cpSync(join(feed.folder, 'feed/v2'), join(alpine, 'repo'), { recursive: true });
  writeFileSync(join(alpine, 'etc/apk/repositories'), '/repo\n');
});

afterAll(async () => {
  rmSync(feed.folder, { recursive: true });
  rmSync(alpine, { recursive: true });
  await scratch.remove();
});

/** The real apk 2.14.4. Its answer, or its complaint behind `failed:`. */
function apk2(...args: readonly string[]): string {
  try {
    return execFileSync('chroot', [alpine, '/sbin/apk', ...args], { stdio: 'pipe', env: rootEnvironment }).toString();
  } catch (error) {
    return `failed: ${String((error as { stderr: Buffer }).stderr)}${String((error as { stdout: Buffer }).stdout)}`;
  }
}

test('apk 2.14.4 verifies, finds and installs what feed create has written, and runs its scripts', (context) => {
  context.skip(!canChroot, noChroot);
  expect(apk2('verify', '/repo/x86_64/hello-1.0-r0.apk', '/repo/x86_64/libx-2.10.apk')).toBe(
    '/repo/x86_64/hello-1.0-r0.apk: 0 - OK\n/repo/x86_64/libx-2.10.apk: 0 - OK\n',
  );
  expect(apk2('update')).toMatch('test feed [/repo]');
  expect(apk2('add', 'hello')).toMatch(/Installing libx \(2.10\)\n.*Installing hello \(1.0-r0\)[^]*OK: /u);
  expect(execFileSync('chroot', [alpine, '/usr/bin/hello2'], { env: rootEnvironment }).toString()).toBe(
    'hello from a feed\n',
  );
  expect(readFileSync(join(alpine, 'post-ran'), 'utf8')).toBe('POST\n');
  expect(readFileSync(join(alpine, 'trigger-ran'), 'utf8')).toBe('/usr/lib\n');
  const mode = (path: string): string => (statSync(join(alpine, path)).mode & 0o7777).toString(8);
  expect(['usr/bin/hello', 'usr/bin/private', 'var/hello', 'etc/hello.conf'].map(mode)).toEqual([
    '755',
    '4750',
    '1777',
    '644',
  ]);
  expect(apk2('info', '-W', '/usr/bin/hi')).toMatch('hello-1.0-r0');
  expect(apk2('audit', '--system')).not.toMatch(/hello|libx/u);
  expect(apk2('del', 'hello')).toMatch('Purging hello');
});

test('apk 2.14.4 refuses a changed byte and another key', (context) => {
  context.skip(!canChroot, noChroot);
  const file = join(alpine, 'repo/x86_64/libx-2.10.apk');
  const bytes = readFileSync(file);
  const changed = Buffer.from(bytes);
  changed[bytes.length - 200]! ^= 1;
  writeFileSync(file, changed);
  expect(apk2('add', 'hello')).toMatch(/^failed: /u);
  writeFileSync(file, bytes);
  const key = join(alpine, 'etc/apk/keys/me.rsa.pub');
  rmSync(key);
  expect(apk2('add', 'hello')).toMatch(/^failed: .*UNTRUSTED signature/u);
  cpSync(join(feed.folder, 'feed/me.rsa.pub'), key);
});

/** The packages as they would stand in an image, in install order, and their tree. */
async function installed(format: 'v2' | 'v3'): Promise<{ packages: InstalledApk[]; nodes: Node[] }> {
  const folder = join(feed.folder, 'feed', format, 'x86_64');
  const name = format === 'v2' ? 'me.rsa.pub' : 'me.ec.pub';
  const keys = [readPublicKey(readFileSync(join(feed.folder, 'feed', name)), name)];
  const packages: InstalledApk[] = [];
  const nodes: Node[] = [];
  for (const file of ['libx-2.10.apk', 'hello-1.0-r0.apk']) {
    const bytes = readFileSync(join(folder, file));
    const payload = await unpack(format, bytes, keys, file);
    const [own = '', version = ''] = [payload.control.get('pkgname'), payload.control.get('pkgver')];
    packages.push({
      name: own,
      version,
      architecture: 'x86_64',
      checksum: '',
      format,
      fileSizeBytes: bytes.length,
      payload,
    });
    const origin = { kind: 'package', name: own, version, architecture: 'x86_64', feed: 'f' } as const;
    nodes.push(...payload.entries.map((entry): Node => ({ ...entry, origin })));
  }
  return { packages, nodes };
}

async function unpack(
  format: 'v2' | 'v3',
  bytes: Uint8Array,
  keys: readonly FeedKey[],
  label: string,
): Promise<PackagePayload> {
  const options = { trust: { keys }, limits: defaultLimits };
  if (format === 'v2') return await unpackApkV2(scratch.store, bytes, options, label, label);
  async function* once(): AsyncGenerator<Uint8Array> {
    yield bytes;
  }
  return await unpackApkV3(scratch.store, once(), options, label);
}

/** Our database of the same packages beside the one in `root`, which the real apk has written. */
async function compareDatabases(root: string, format: 'v2' | 'v3'): Promise<void> {
  const theirs = (name: string): Buffer => readFileSync(join(root, 'lib/apk/db', name));
  const records = parseInstalled(theirs('installed'), 'installed');
  const { packages, nodes } = await installed(format);
  // The checksum is of the index.
  const known = packages.map((one): InstalledApk => {
    const record = records.find(({ name }) => name === one.name);
    const field = (letter: string): string => record!.fields.find(([own]) => own === letter)![1];
    return { ...one, checksum: field('C') };
  });
  const order = known.toSorted((a, b) => indexOf(records, a.name) - indexOf(records, b.name));
  const settings = {
    mode: 'full',
    architecture: 'x86_64',
    world: ['hello'],
    repositories: [],
    keys: new Map(),
  } as const;
  const { tree } = await writeApkDatabase(overlay(new Map(), nodes).tree, scratch.store, {
    ...settings,
    packages: order,
  });
  const ours = async (path: string): Promise<string> => {
    const node = tree.get(path);
    return node?.type === 'file' ? Buffer.from(await scratch.store.read(node.content)).toString('latin1') : 'absent';
  };
  expect(sortedFolders(await ours('lib/apk/db/installed'))).toEqual(
    sortedFolders(theirs('installed').toString('latin1')),
  );
  expect(await ours('lib/apk/db/triggers')).toBe(theirs('triggers').toString('latin1'));
  expect(await ours('etc/apk/world')).toBe(readFileSync(join(root, 'etc/apk/world'), 'latin1'));
}

function indexOf(records: readonly { readonly name: string }[], name: string): number {
  return records.findIndex((record) => record.name === name);
}

/** apk keeps the folders in the order of the package, which differs between packages of both versions. */
function sortedFolders(text: string): readonly unknown[] {
  return parseInstalled(Buffer.from(text, 'latin1'), 'installed').map((record) => ({
    ...record,
    folders: record.folders.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  }));
}

test('the database that we write is the one that apk 2.14.4 writes', async (context) => {
  context.skip(!canChroot, noChroot);
  const root = join(alpine, 'new');
  mkdirSync(root);
  const repository = ['--keys-dir', '/etc/apk/keys', '--repositories-file', '/etc/apk/repositories'];
  expect(apk2('--root', '/new', ...repository, '--initdb', '--no-scripts', 'add', 'hello')).toMatch('OK: ');
  await compareDatabases(root, 'v2');
});

test('apk 2.14.4 goes on managing an image with our database', async (context) => {
  context.skip(!canChroot, noChroot);
  const { packages, nodes } = await installed('v2');
  const known = packages.map((one): InstalledApk => ({ ...one, checksum: checksumOf(one) }));
  const { tree } = await writeApkDatabase(overlay(new Map(), nodes).tree, scratch.store, {
    mode: 'full',
    packages: known,
    architecture: 'x86_64',
    world: ['hello'],
    repositories: ['/repo'],
    keys: new Map([['me.rsa.pub', readFileSync(join(feed.folder, 'feed/me.rsa.pub'), 'utf8')]]),
  });
  await writeTree(tree, scratch.store, join(alpine, 'ours'));
  const ours = ['--root', '/ours', '--no-scripts'];
  expect(apk2(...ours, 'info', '-v')).toBe('hello-1.0-r0\nlibx-2.10\n');
  expect(apk2(...ours, 'audit', '--system', '--recursive')).toBe('');
  writeFileSync(join(alpine, 'ours/usr/lib/libx.so'), 'changed');
  expect(apk2(...ours, 'audit', '--system', '--recursive')).toBe('U usr/lib/libx.so\n');
  expect(apk2(...ours, 'fix', 'libx')).toMatch('Reinstalling libx');
  expect(apk2(...ours, 'audit', '--system', '--recursive')).toBe('');
  expect(apk2(...ours, 'del', 'hello')).toMatch(/Purging hello.*\n.*Purging libx/u);
  expect(existsSync(join(alpine, 'ours/usr/bin/hello'))).toBe(false);
});

/** What the index of the feed gives for it. */
function checksumOf({ name }: InstalledApk): string {
  const index = execFileSync('tar', [
    'xzOf',
    join(feed.folder, 'feed/v2/x86_64/APKINDEX.tar.gz'),
    'APKINDEX',
  ]).toString();
  return new RegExp(`^C:(.*)\nP:${name}$`, 'mu').exec(index)![1]!;
}

test('apk-tools 3 verifies, dumps and installs both versions', async (context) => {
  context.skip(apk3 === undefined, 'KILOPY_APK3 does not name an apk of apk-tools 3');
  const keys = join(feed.folder, 'keys');
  mkdirSync(keys);
  for (const name of ['me.rsa.pub', 'me.ec.pub']) cpSync(join(feed.folder, 'feed', name), join(keys, name));
  for (const format of ['v2', 'v3'] as const) {
    const folder = join(feed.folder, 'feed', format, 'x86_64');
    const index = join(folder, format === 'v2' ? 'APKINDEX.tar.gz' : 'Packages.adb');
    const hello = join(folder, 'hello-1.0-r0.apk');
    expect(execFileSync(apk3!, ['--keys-dir', keys, 'verify', index, hello]).toString()).toBe(
      `${index}: OK\n${hello}: OK\n`,
    );
    const root = join(feed.folder, `root-${format}`);
    mkdirSync(join(root, 'etc/apk/keys'), { recursive: true });
    cpSync(keys, join(root, 'etc/apk/keys'), { recursive: true });
    writeFileSync(join(root, 'etc/apk/repositories'), `${format} ${join(feed.folder, 'feed', format)}\n`);
    const add = ['--root', root, '--arch', 'x86_64', '--initdb', '--no-scripts', 'add', 'hello'];
    expect(execFileSync(apk3!, add).toString()).toMatch(/^OK: /mu);
    expect(execFileSync(apk3!, ['--root', root, '--arch', 'x86_64', 'audit', '--system']).toString()).toBe('');
    await compareDatabases(root, format);
  }
  for (const name of ['hello-1.0-r0.apk', 'libx-2.10.apk', 'Packages.adb']) {
    const file = join(feed.folder, 'feed/v3/x86_64', name);
    const { lines } = await inspectApkV3(feed.ctx, file, [join(keys, 'me.rsa.pub'), join(keys, 'me.ec.pub')]);
    const ours: string[] = [];
    for await (const line of lines) ours.push(`${line}\n`);
    expect(ours.join('')).toBe(execFileSync(apk3!, ['--keys-dir', keys, 'adbdump', file]).toString());
  }
});
