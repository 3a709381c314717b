import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { makeArchiveKey, type ArchiveKey } from '../../../test/support/archive-key.ts';
import {
  makeDebArchive,
  serveArchive,
  type ArchivePackage,
  type ArchiveSuite,
  type DebArchive,
} from '../../../test/support/deb-archive.ts';
import { makeDeb } from '../../../test/support/deb-file.ts';
import { startFaultServer, type FaultServer } from '../../../test/support/fault-server.ts';
import { openTestStore, type TestStore } from '../../../test/support/test-store.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import { openDebFeed, type DebFeed } from './index.ts';
import type { DebFeedSettings } from './sources.ts';

const fresh = { offline: false, locked: false };
const day = 86_400_000;
let key: ArchiveKey;
let folder: string;
let server: FaultServer;
let testStore: TestStore;

beforeAll(async () => {
  key = await makeArchiveKey();
  folder = await mkdtemp(join(tmpdir(), 'kilopy-deb-'));
  await writeFile(join(folder, 'own.asc'), key.armoredPublic);
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

beforeEach(async () => {
  server = await startFaultServer();
  testStore = await openTestStore();
});

afterEach(async () => {
  await server.close();
  await testStore.remove();
});

const packages: readonly ArchivePackage[] = [
  {
    control: { Package: 'hello', Version: '1.0-1', Depends: 'libhello (>= 1)', Description: 'a word\n of welcome' },
    content: { 'usr/bin/hello': 'hi\n' },
    scripts: { postinst: '#!/bin/sh\n', conffiles: '/etc/hello.conf\n' },
  },
  { control: { Package: 'libhello', Version: '1:2-3', Provides: 'libhi (= 2), libhey', 'Multi-Arch': 'same' } },
  { control: { Package: 'hello-data', Version: '1.0-1', Architecture: 'all' } },
  { control: { Package: 'hello', Version: '1.0-1', Architecture: 'arm64' } },
];

async function serve(suite: Partial<ArchiveSuite> = {}, signer: ArchiveKey = key): Promise<DebArchive> {
  const archive = await makeDebArchive(signer, [{ suite: 'own', packages, ...suite }]);
  serveArchive(server, archive);
  return archive;
}

async function open(settings: DebFeedSettings = {}, freshness = fresh): Promise<DebFeed> {
  const { ctx, store } = testStore;
  return await openDebFeed(ctx, store, settingsFor(settings), 'amd64', freshness);
}

function settingsFor(settings: DebFeedSettings): DebFeedSettings {
  const mirror = `${server.url}/debian`;
  return { name: 'mine', suite: 'own', mirror, keys: [join(folder, 'own.asc')], isDebian: false, ...settings };
}

function code(expected: string): unknown {
  return expect.objectContaining({ code: expected });
}

test('an archive is verified, looked up, and its packages are unpacked', async () => {
  await serve();
  const feed = await open();
  const [hello, second] = feed.candidates('hello');
  expect(second).toBeUndefined();
  expect(hello).toMatchObject({ version: '1.0-1', architecture: 'amd64', feed: 'mine', suite: 'own' });
  expect(hello?.depends).toEqual([[{ name: 'libhello', operator: '>=', version: '1' }]]);
  expect(feed.universe.providing('libhi').map(({ name }) => name)).toEqual(['libhello']);
  expect(feed.universe.named('libhello')[0]).toMatchObject({
    multiArch: 'same',
    provides: [{ name: 'libhi', version: '2' }, { name: 'libhey' }],
  });
  expect(feed.universe.named('nothing')).toEqual([]);
  expect([...feed.universe.names()].sort()).toEqual(['hello', 'hello-data', 'libhello']);
  expect(feed.universe.mentionRank('libhello')).toBe(1);
  expect(feed.verdicts).toMatchObject([{ suite: 'own', verdict: { kind: 'signature', keyId: key.fingerprint } }]);

  const payload = await feed.payload(testStore.ctx, testStore.store, hello!);
  expect(payload.entries.map(({ path, type, mode }) => [path, type, mode])).toEqual([
    ['usr', 'directory', 0o755],
    ['usr/bin', 'directory', 0o755],
    ['usr/bin/hello', 'file', 0o755],
  ]);
  expect(payload.conffiles).toEqual(['etc/hello.conf']);
  expect([...payload.scripts]).toEqual([['postinst', '#!/bin/sh\n']]);
});

test.each([[['.xz']], [['.gz']], [['']]] as const)('lists of packages are read as %j', async (variants) => {
  await serve({ variants });
  expect((await open()).candidates('hello')).toHaveLength(1);
});

test('a list that was parsed once is not fetched again', async () => {
  await serve();
  await open();
  const before = server.requests.length;
  await open();
  expect(server.requests.slice(before).map(({ path }) => path)).toEqual(['/debian/dists/own/InRelease']);
});

test('by-hash is asked first, and the plain name where the mirror has none', async () => {
  const archive = await serve({ variants: ['.xz'] });
  for (const path of archive.keys()) if (path.includes('by-hash')) archive.delete(path);
  expect((await open()).candidates('hello')).toHaveLength(1);
  const lists = server.requests.map(({ path }) => path).filter((path) => path.includes('binary-amd64'));
  expect(lists).toEqual([
    expect.stringMatching(/by-hash\/SHA256\/[0-9a-f]{64}$/u),
    '/debian/dists/own/main/binary-amd64/Packages.xz',
  ]);
});

test('a list that is nowhere is said so', async () => {
  const archive = await serve();
  for (const path of archive.keys()) if (path.includes('binary-amd64')) archive.delete(path);
  await expect(open()).rejects.toThrow(code('KP5054'));
});

test('Release with Release.gpg does as well as InRelease', async () => {
  await serve({ signature: 'detached' });
  const feed = await open();
  expect(feed.verdicts).toMatchObject([{ verdict: { kind: 'signature', keyId: key.fingerprint } }]);
});

test('a flat archive', async () => {
  await serve({ suite: './' });
  const feed = await open({ suite: './' });
  expect(feed.candidates('hello')).toHaveLength(1);
  expect((await feed.payload(testStore.ctx, testStore.store, feed.candidates('hello')[0]!)).entries).toHaveLength(3);
});

test('a suite that is not there: those that may have been meant are named', async () => {
  await serve({ suite: 'small' });
  await expect(open({ suite: 'trixi' })).rejects.toMatchObject({
    code: 'KP5056',
    fix: 'did you mean the suite trixie?',
  });
});

test('an index that is not signed is refused, and taken when trust is switched off', async () => {
  await serve({ signature: 'none' });
  await expect(open()).rejects.toThrow(code('KP5056'));
  const feed = await open({ allowUntrusted: true });
  expect(feed.verdicts).toMatchObject([{ verdict: { kind: 'untrusted' } }]);
  expect(testStore.events).toContainEqual(expect.objectContaining({ type: 'warning' }));
});

test('the archive of somebody else is refused', async () => {
  await serve({}, await makeArchiveKey());
  await expect(open()).rejects.toThrow(code('KP5001'));
});

test("without keys of its own a feed must be signed by Debian's", async () => {
  await serve();
  await expect(open({ keys: [] })).rejects.toThrow(code('KP5001'));
});

test('a changed InRelease is refused, and nothing of it is kept', async () => {
  const archive = await serve();
  const text = Buffer.from(archive.get('dists/own/InRelease')!).toString();
  archive.set('dists/own/InRelease', Buffer.from(text.replace('Origin: Test', 'Origin: Evil')));
  await expect(open()).rejects.toThrow(code('KP5002'));
  await expect(open({}, { offline: true, locked: false })).rejects.toThrow(code('KP5059'));
});

test('InRelease cut short or with a bit changed is refused or says the same', async () => {
  const archive = await serve();
  const text = archive.get('dists/own/InRelease')!;
  let refused = 0;
  for (let turn = 0; turn < 60; turn += 1) {
    const at = (turn * 7919) % text.length;
    archive.set(
      'dists/own/InRelease',
      turn % 3 === 0 ? text.slice(0, at) : text.with(at, text[at]! ^ (1 << (turn % 8))),
    );
    const result = await open().then(
      (feed) => feed.candidates('hello').length,
      (error: unknown) => (error instanceof KilopyError ? error.code : error),
    );
    expect(String(result)).toMatch(/^(?:1$|KP50)/u);
    if (result !== 1) refused += 1;
  }
  expect(refused).toBeGreaterThan(50);
});

test('a changed list of packages is refused', async () => {
  const archive = await serve({ variants: [''] });
  for (const [path, bytes] of archive) {
    if (!path.includes('binary-amd64')) continue;
    const changed = Buffer.from(bytes);
    changed[0] = 0x58;
    archive.set(path, changed);
  }
  await expect(open()).rejects.toThrow(code('KP6020'));
});

test('a changed package is refused', async () => {
  const archive = await serve();
  const feed = await open();
  const [hello] = feed.candidates('hello');
  const bytes = Buffer.from(archive.get('pool/main/h/hello/hello_1.0-1_amd64.deb')!);
  bytes[bytes.length - 1200]! ^= 1;
  archive.set('pool/main/h/hello/hello_1.0-1_amd64.deb', bytes);
  await expect(feed.payload(testStore.ctx, testStore.store, hello!)).rejects.toThrow(code('KP6020'));
});

test('a package under the name of another is refused', async () => {
  const deb = await makeDeb({ Package: 'evil', Version: '1.0-1', Architecture: 'amd64' });
  await serve({ packages: [{ control: { Package: 'hello', Version: '1.0-1' }, deb }] });
  const feed = await open();
  await expect(feed.payload(testStore.ctx, testStore.store, feed.candidates('hello')[0]!)).rejects.toThrow(
    code('KP5062'),
  );
});

test('an expired index is refused by its date, and taken when that is allowed', async () => {
  await serve({ fields: { 'Valid-Until': new Date(Date.now() - 3 * day).toUTCString() } });
  await expect(open()).rejects.toThrow(
    expect.objectContaining({
      code: 'KP5051',
      message: expect.stringMatching(/3 days ago/u) as string,
      fix: expect.stringMatching(/allowExpired: true for mine/u) as string,
    }),
  );
  expect((await open({ allowExpired: true })).candidates('hello')).toHaveLength(1);
  expect(testStore.events).toContainEqual(expect.objectContaining({ type: 'warning', code: 'KP5051' }));
});

test('another suite than the one asked for is refused', async () => {
  const archive = await serve({ fields: { Suite: 'oldstable', Codename: 'bookworm' } });
  await expect(open()).rejects.toThrow(code('KP5052'));
  expect(archive.has('dists/own/InRelease')).toBe(true);
});

test('a suite without the architecture says which it has', async () => {
  await serve({ architectures: ['arm64'] });
  await expect(open()).rejects.toThrow(
    expect.objectContaining({ code: 'KP5053', why: expect.stringMatching(/arm64/u) as string }),
  );
});

test('a suite without the component says so', async () => {
  await serve();
  await expect(open({ components: ['main', 'extra'] })).rejects.toThrow(
    expect.objectContaining({ code: 'KP5053', message: expect.stringMatching(/component extra/u) as string }),
  );
});

test('a list with more packages than the limit is refused', async () => {
  await serve();
  const ctx = { ...testStore.ctx, limits: { ...testStore.ctx.limits, entries: 2 } };
  await expect(openDebFeed(ctx, testStore.store, settingsFor({}), 'amd64', fresh)).rejects.toThrow(code('KP5055'));
});

test('a list larger than the limit is refused', async () => {
  await serve({ variants: ['.xz'] });
  const ctx = { ...testStore.ctx, limits: { ...testStore.ctx.limits, indexBytes: 100 } };
  await expect(openDebFeed(ctx, testStore.store, settingsFor({}), 'amd64', fresh)).rejects.toThrow(code('KP4003'));
});

test('offline and locked builds use what was verified, with its age, even past its date', async () => {
  await serve({ fields: { 'Valid-Until': new Date(Date.now() + day).toUTCString() } });
  await open();
  await server.close();
  const later = { ...testStore.ctx, clock: { now: () => Date.now() + 2 * day } };
  for (const freshness of [
    { offline: true, locked: false },
    { offline: false, locked: true },
  ]) {
    testStore.events.length = 0;
    const feed = await openDebFeed(later, testStore.store, settingsFor({}), 'amd64', freshness);
    expect(feed.candidates('hello')).toHaveLength(1);
    expect(testStore.events).toContainEqual(
      expect.objectContaining({ type: 'note', text: expect.stringMatching(/own is used, 2 days old/u) as string }),
    );
  }
  server = await startFaultServer();
});

test('of several feeds the first given wins for the same version, and every version is there', async () => {
  await serve();
  const second = await makeDebArchive(key, [
    { suite: 'own', packages: [...packages, { control: { Package: 'hello', Version: '2.0-1' } }] },
  ]);
  const mirror = serveArchive(server, second, '/second');
  const { ctx, store } = testStore;
  const settings = [settingsFor({}), settingsFor({ name: 'second', mirror })];
  const feed = await openDebFeed(ctx, store, settings, 'amd64', fresh);
  expect(feed.candidates('hello').map(({ version, feed: from }) => [version, from])).toEqual([
    ['1.0-1', 'mine'],
    ['2.0-1', 'second'],
  ]);
  expect(feed.universe.providing('libhi')).toEqual(feed.universe.named('libhello'));
  expect(feed.locate(feed.candidates('hello')[1]!).url).toBe(`${mirror}/pool/main/h/hello/hello_2.0-1_amd64.deb`);
});

test('Debian itself comes with updates and security, from beside the mirror', async () => {
  await serve({ suite: 'trixie' });
  const ctx = { ...testStore.ctx, env: { ...testStore.ctx.env, KILOPY_DEBIAN_MIRROR: `${server.url}/debian` } };
  const settings = { suite: 'trixie', keys: [join(folder, 'own.asc')] };
  await expect(openDebFeed(ctx, testStore.store, settings, 'amd64', fresh)).rejects.toThrow(code('KP5056'));
  const rest = await makeDebArchive(key, [{ suite: 'trixie-updates', packages: [] }]);
  serveArchive(server, rest);
  const security = await makeDebArchive(key, [
    { suite: 'trixie-security', packages: [{ control: { Package: 'hello', Version: '1.0-1+deb13u1' } }] },
  ]);
  serveArchive(server, security, '/debian-security');
  const feed = await openDebFeed(ctx, testStore.store, settings, 'amd64', fresh);
  expect(feed.candidates('hello').map(({ version, suite }) => [version, suite])).toEqual([
    ['1.0-1', 'trixie'],
    ['1.0-1+deb13u1', 'trixie-security'],
  ]);
});

test('a key file that is not there is named', async () => {
  await serve();
  await expect(open({ keys: [join(folder, 'none.asc')] })).rejects.toThrow(code('KP5058'));
});

test('an archive in a folder', async () => {
  const { openLocalDebFeed } = await import('./local.ts');
  const archive = await makeDebArchive(key, [{ suite: 'own', packages }]);
  const root = join(folder, 'archive');
  for (const [path, bytes] of archive) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), bytes);
  }
  const { ctx, store } = testStore;
  const keys = [join(folder, 'own.asc')];
  const feed = await openLocalDebFeed(ctx, store, { feed: root, suite: 'own', keys }, 'amd64');
  expect(feed.candidates('hello')).toHaveLength(1);
  await expect(openLocalDebFeed(ctx, store, { feed: root, keys }, 'amd64')).rejects.toThrow(code('KP5058'));
  await expect(openLocalDebFeed(ctx, store, { feed: root, suite: 'own' }, 'amd64')).rejects.toThrow(code('KP5001'));

  const file = join(root, 'dists/own/main/binary-amd64/Packages');
  await expect(openLocalDebFeed(ctx, store, { feed: file }, 'amd64')).rejects.toThrow(code('KP5063'));
  for (const ending of ['', '.gz', '.xz']) {
    const one = await openLocalDebFeed(ctx, store, { feed: file + ending, allowUntrusted: true }, 'amd64');
    expect(one.candidates('hello')).toHaveLength(1);
  }
  await expect(openLocalDebFeed(ctx, store, { feed: join(root, 'nowhere') }, 'amd64')).rejects.toThrow(code('KP5064'));
});
