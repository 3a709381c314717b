import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeArchiveKey, type ArchiveKey } from '../../../test/support/archive-key.ts';
import {
  makeDebArchive,
  serveArchive,
  type ArchivePackage,
  type DebArchive,
} from '../../../test/support/deb-archive.ts';
import { startFaultServer, type FaultServer } from '../../../test/support/fault-server.ts';
import { openTestStore, type TestStore } from '../../../test/support/test-store.ts';
import type { KilopyEvent } from '../../values/events.ts';
import { openDebFeed, type DebFeed } from './index.ts';
import type { DebFeedSettings } from './sources.ts';

let key: ArchiveKey;
let folder: string;
let server: FaultServer;
let testStore: TestStore;
let warnings: string[];

beforeEach(async () => {
  key = await makeArchiveKey();
  folder = await mkdtemp(join(tmpdir(), 'kilopy-complete-'));
  await writeFile(join(folder, 'own.asc'), key.armoredPublic);
  server = await startFaultServer();
  testStore = await openTestStore();
  warnings = [];
});

afterEach(async () => {
  await server.close();
  await testStore.remove();
  await rm(folder, { recursive: true });
});

function hello(version: string): readonly ArchivePackage[] {
  return [{ control: { Package: 'hello', Version: version } }];
}

/** A mirror with the three archives of a release. `lists` says of which state the package lists are. */
async function serve(
  releases: Trio,
  lists: Trio = releases,
  fields: Readonly<Record<string, string>> = {},
): Promise<void> {
  const mainAt = async ({ main, updates }: Trio): Promise<DebArchive> =>
    makeDebArchive(key, [
      { suite: 'trixie', packages: hello(main), byHash: false, fields },
      { suite: 'trixie-updates', packages: hello(updates), byHash: false, fields },
    ]);
  const securityAt = async ({ security }: Trio): Promise<DebArchive> =>
    makeDebArchive(key, [{ suite: 'trixie-security', packages: hello(security), byHash: false, fields }]);
  serveArchive(server, mixed(await mainAt(releases), await mainAt(lists)), '/debian');
  serveArchive(server, mixed(await securityAt(releases), await securityAt(lists)), '/debian-security');
}

interface Trio {
  readonly main: string;
  readonly updates: string;
  readonly security: string;
}

function mixed(releases: DebArchive, lists: DebArchive): DebArchive {
  return new Map(
    [...releases].map(([path, bytes]) => [path, path.includes('/Packages') ? (lists.get(path) ?? bytes) : bytes]),
  );
}

async function open(more: DebFeedSettings = {}): Promise<DebFeed> {
  const settings = { mirror: `${server.url}/debian`, keys: [join(folder, 'own.asc')], ...more };
  const ctx = {
    ...testStore.ctx,
    emit: (event: KilopyEvent) => {
      if (event.type === 'warning') warnings.push(event.text);
    },
  };
  return await openDebFeed(ctx, testStore.store, settings, 'amd64', { offline: false, locked: false });
}

function versions(feed: DebFeed): string[] {
  return feed.candidates('hello').map(({ version }) => version);
}

const before: Trio = { main: '1.0', updates: '1.1', security: '1.2' };
const after: Trio = { main: '2.0', updates: '2.1', security: '2.2' };

test('a half updated mirror of the main suite is an error when nothing older is known', async () => {
  await serve(after, { ...after, main: before.main });
  await expect(open()).rejects.toMatchObject({ exitCode: 5 });
});

test('the last complete state stands in for a suite whose mirror is half updated, and says so', async () => {
  await serve(before);
  expect(versions(await open())).toEqual(['1.0', '1.1', '1.2']);
  await serve(after, { ...after, main: before.main });
  expect(versions(await open())).toEqual(['1.0', '2.1', '2.2']);
  expect(warnings).toEqual([expect.stringMatching(/^trixie is used as it was on \d{4}-\d\d-\d\d for amd64/u)]);
});

test('updates without a whole list are left out by default, said, and marked in what goes into the lock', async () => {
  await serve(after, { ...after, security: before.security });
  const feed = await open();
  expect(versions(feed)).toEqual(['2.0', '2.1']);
  expect(warnings).toEqual([expect.stringContaining('trixie-security is left out for amd64')]);
  expect(feed.releases.map(({ unusable }) => unusable !== undefined)).toEqual([false, false, true]);
});

test('`updates: required` makes that an error, and `none` does not look at them', async () => {
  await serve(after, { ...after, security: before.security });
  await expect(open({ updates: 'required' })).rejects.toMatchObject({ exitCode: 5 });
  expect(versions(await open({ updates: 'none' }))).toEqual(['2.0']);
});

test('a signature that is wrong is never done without', async () => {
  const stranger = await makeArchiveKey();
  await serve(before);
  await open();
  const signedByStranger = await makeDebArchive(stranger, [{ suite: 'trixie-security', packages: hello('9') }]);
  serveArchive(server, signedByStranger, '/debian-security');
  await expect(open()).rejects.toMatchObject({ exitCode: 5 });
});

test('an older state that the mirror hands out again is not taken', async () => {
  await serve(after, after, { Date: 'Sat, 21 Nov 2026 09:00:00 UTC' });
  await open();
  await serve(before, before, { Date: 'Sat, 12 Sep 2026 09:00:00 UTC' });
  expect(versions(await open())).toEqual(['2.0', '2.1', '2.2']);
  expect(warnings).toContain(
    'trixie on the mirror is of 2026-09-12; the newer one of 2026-11-21, seen before, is used',
  );
});
