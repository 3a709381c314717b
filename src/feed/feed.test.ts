import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeArchiveKey } from '../../test/support/archive-key.ts';
import { collect } from '../../test/support/collect.ts';
import { serveApkRepository } from '../../test/support/apk-repository.ts';
import { makeDebArchive, serveArchive } from '../../test/support/deb-archive.ts';
import { startFaultServer, type FaultServer } from '../../test/support/fault-server.ts';
import { makeOpkgRepository, serveOpkgRepository } from '../../test/support/opkg-repository.ts';
import { openTestStore, type TestStore } from '../../test/support/test-store.ts';
import { sha256 } from '../crypto/digest.ts';
import type { SolvePackage } from '../solve/problem.ts';
import type { Feed } from './feed.ts';
import { feedKinds } from './registry.ts';

/** What each kind serves for the contract: the packages `one` 1.0 (with the file usr/bin/one) and `two` 2.0. */
interface ContractFixture {
  readonly feed: Feed<object, SolvePackage, unknown>;
  readonly architecture: string;
  readonly versions: Readonly<Record<'one' | 'two', string>>;
  /** Publishes and returns settings with the right key, and with another one. */
  readonly serve: (server: FaultServer, folder: string) => Promise<{ readonly right: object; readonly wrong: object }>;
}

const fixtures: Readonly<Record<keyof typeof feedKinds, ContractFixture>> = {
  deb: {
    feed: feedKinds.deb,
    architecture: 'amd64',
    versions: { one: '1.0-1', two: '2.0-1' },
    serve: async (server, folder) => {
      const [key, other] = [await makeArchiveKey(), await makeArchiveKey()];
      const packages = [
        { control: { Package: 'one', Version: '1.0-1', Depends: 'two' }, content: { 'usr/bin/one': 'one\n' } },
        { control: { Package: 'two', Version: '2.0-1' } },
      ];
      const archive = await makeDebArchive(key, [{ suite: 'own', packages }]);
      await writeFile(join(folder, 'right.asc'), key.armoredPublic);
      await writeFile(join(folder, 'wrong.asc'), other.armoredPublic);
      const common = { name: 'own', suite: 'own', mirror: serveArchive(server, archive), isDebian: false };
      return {
        right: { ...common, keys: [join(folder, 'right.asc')] },
        wrong: { ...common, keys: [join(folder, 'wrong.asc')] },
      };
    },
  },
  apk: {
    feed: feedKinds.apk,
    architecture: 'x86_64',
    versions: { one: '1.0-r1', two: '2.0-r1' },
    serve: async (server, folder) => {
      const { url, publicKey, otherKey } = await serveApkRepository(server, [
        { name: 'one', version: '1.0-r1', depends: ['two'], content: { 'usr/bin/one': 'one\n' } },
        { name: 'two', version: '2.0-r1' },
      ]);
      await writeFile(join(folder, 'right.rsa.pub'), publicKey);
      await writeFile(join(folder, 'wrong.rsa.pub'), otherKey);
      return {
        right: { name: 'own', url, keys: [join(folder, 'right.rsa.pub')] },
        wrong: { name: 'own', url, keys: [join(folder, 'wrong.rsa.pub')] },
      };
    },
  },
  opkg: {
    feed: feedKinds.opkg,
    architecture: 'mips_24kc',
    versions: { one: '1.0-r1', two: '2.0-r1' },
    serve: async (server, folder) => {
      const repository = await makeOpkgRepository([
        { name: 'one', version: '1.0-r1', fields: { Depends: 'two' }, content: { 'usr/bin/one': 'one\n' } },
        { name: 'two', version: '2.0-r1', architecture: 'all' },
      ]);
      const url = serveOpkgRepository(server, repository, '/packages/mips_24kc/base');
      await writeFile(join(folder, 'right'), repository.publicKey);
      await writeFile(join(folder, 'wrong'), repository.otherKey);
      return {
        right: { name: 'own', url, keys: [join(folder, 'right')] },
        wrong: { name: 'own', url, keys: [join(folder, 'wrong')] },
      };
    },
  },
};

describe.each(Object.entries(fixtures))(
  'the contract of a feed: %s',
  (kind, { feed, architecture, versions, serve }) => {
    const fresh = { offline: false, locked: false };
    let server: FaultServer;
    let testStore: TestStore;
    let folder: string;
    let settings: { readonly right: object; readonly wrong: object };

    beforeEach(async () => {
      server = await startFaultServer();
      testStore = await openTestStore();
      folder = await mkdtemp(join(tmpdir(), 'kilopy-feed-'));
      settings = await serve(server, folder);
    });

    afterEach(async () => {
      await server.close();
      await testStore.remove();
      await rm(folder, { recursive: true });
    });

    test('it is registered under its own name, with its own versions', () => {
      expect([feed.kind, feed.versions.kind]).toEqual([kind, kind]);
      expect(feed.versions.compare(versions.one, versions.two)).toBeLessThan(0);
    });

    test('packages are found by name, and say the feed that they came from', async () => {
      const index = await feed.open(testStore.ctx, testStore.store, [settings.right], architecture, fresh);
      expect(index.candidates('one')).toMatchObject([{ name: 'one', version: versions.one, feed: 'own' }]);
      expect(index.candidates('three')).toEqual([]);
      expect(index.verdicts).toMatchObject([{ feed: 'own', verdict: { kind: 'signature' } }]);
    });

    test('nothing of an index that another key signed is used', async () => {
      const opening = feed.open(testStore.ctx, testStore.store, [settings.wrong], architecture, fresh);
      await expect(opening).rejects.toThrow(expect.objectContaining({ code: 'KP5001', exitCode: 5 }));
    });

    test('a payload is the content of the package, in the store', async () => {
      const { ctx, store } = testStore;
      const index = await feed.open(ctx, store, [settings.right], architecture, fresh);
      const [one] = index.candidates('one');
      const { entries } = await index.payload(ctx, store, one!);
      const file = entries.find(({ path }) => path === 'usr/bin/one');
      expect(file).toMatchObject({ type: 'file', mode: 0o755, uid: 0, gid: 0 });
      const content = file?.type === 'file' ? await collect(store.open(file.content)) : undefined;
      expect(content?.toString()).toBe('one\n');
      const { digest, sizeBytes } = index.locate(one!);
      expect(sha256(await store.read({ digest, sizeBytes }))).toBe(digest);
    });

    test('what was opened and fetched once needs no network', async () => {
      const { ctx, store } = testStore;
      const index = await feed.open(ctx, store, [settings.right], architecture, fresh);
      const expected = await index.payload(ctx, store, index.candidates('one')[0]!);
      const before = server.requests.length;
      const again = await feed.open(ctx, store, [settings.right], architecture, { offline: true, locked: false });
      expect(await again.payload(ctx, store, again.candidates('one')[0]!)).toEqual(expected);
      expect(server.requests).toHaveLength(before);
    });

    test('without network and without a stored index it is an error that says so', async () => {
      const offline = { offline: true, locked: false };
      const opening = feed.open(testStore.ctx, testStore.store, [settings.right], architecture, offline);
      await expect(opening).rejects.toThrow(expect.objectContaining({ code: 'KP5059', exitCode: 4 }));
      expect(server.requests).toEqual([]);
    });
  },
);
