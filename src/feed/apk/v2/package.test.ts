import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { serveApkRepository, type ServedApkRepository } from '../../../../test/support/apk-repository.ts';
import { startFaultServer, type FaultServer } from '../../../../test/support/fault-server.ts';
import { openTestStore, type TestStore } from '../../../../test/support/test-store.ts';
import type { TarStreamEntry } from '../../../codec/tar/read-tar-stream.ts';
import type { ApkChecksum } from '../../../crypto/apk-checksum.ts';
import { readPublicKey } from '../../../crypto/public-keys.ts';
import type { WrittenApk } from '../../../emit/apk/apk-recipe.ts';
import { fetchApkPackage, unpackApk } from '../fetch-package.ts';
import { withChecksums } from './checksums.ts';
import { openApkV2 } from './package.ts';

const packages = [
  { name: 'one', version: '1', content: { 'usr/bin/one': 'one\n' } },
  { name: 'two', version: '2', content: { 'usr/bin/two': 'two\n' } },
];

function checksumOf({ identity }: WrittenApk): ApkChecksum {
  return { algorithm: 'sha1', hex: Buffer.from(identity).toString('hex') };
}

describe('what binds a package of version 2', () => {
  let server: FaultServer;
  let repository: ServedApkRepository;
  let one: WrittenApk;
  let two: WrittenApk;
  let testStore: TestStore;

  beforeEach(async () => {
    server = await startFaultServer();
    testStore = await openTestStore();
    repository = await serveApkRepository(server, packages);
    [one, two] = repository.packages as [WrittenApk, WrittenApk];
  });

  afterEach(async () => {
    await server.close();
    await testStore.remove();
  });

  test('its control part has the checksum of the index, in SHA-1 or SHA-256', () => {
    const opened = openApkV2(one.bytes, { checksum: checksumOf(one) }, 'one');
    expect(opened.control.get('pkgname')).toBe('one');
    const { start, end } = opened.segments.control;
    const hex = createHash('sha256').update(one.bytes.subarray(start, end)).digest('hex');
    expect(openApkV2(one.bytes, { checksum: { algorithm: 'sha256', hex } }, 'one').verdict.kind).toBe('digest');
    expect(() => openApkV2(one.bytes, { checksum: checksumOf(two) }, 'one')).toThrow(
      expect.objectContaining({ code: 'KP5072' }),
    );
  });

  test('its files have the checksum of the control part', () => {
    const { segments } = openApkV2(one.bytes, { checksum: checksumOf(one) }, 'one');
    const other = openApkV2(two.bytes, { checksum: checksumOf(two) }, 'two');
    const mixed = Buffer.concat([one.bytes.subarray(0, segments.control.end), other.data]);
    expect(() => openApkV2(mixed, { checksum: checksumOf(one) }, 'one')).toThrow(
      expect.objectContaining({ code: 'KP5072' }),
    );
  });

  test('or its own signature stands for it', () => {
    const key = readPublicKey(repository.publicKey, 'test.rsa.pub');
    expect(openApkV2(one.bytes, { keys: [key] }, 'one').verdict).toMatchObject({ kind: 'signature' });
    const other = readPublicKey(repository.otherKey, 'other.rsa.pub');
    expect(() => openApkV2(one.bytes, { keys: [other] }, 'one')).toThrow(expect.objectContaining({ code: 'KP5001' }));
  });

  test('a package that the index calls by another name is not used', async () => {
    const { ctx, store } = testStore;
    const place = {
      name: 'two',
      version: '2',
      folder: `${repository.url}/x86_64`,
      path: 'one-1.apk',
      checksum: checksumOf(one),
      sizeBytes: one.bytes.length,
    };
    const blob = await fetchApkPackage(ctx, store, place);
    await expect(unpackApk(ctx, store, blob, place)).rejects.toThrow(expect.objectContaining({ code: 'KP5073' }));
  });

  test('one that was changed, or that is larger than announced, is not kept', async () => {
    const { ctx, store } = testStore;
    const place = {
      name: 'one',
      version: '1',
      folder: `${repository.url}/x86_64`,
      path: 'one-1.apk',
      checksum: checksumOf(two),
      sizeBytes: one.bytes.length,
    };
    await expect(fetchApkPackage(ctx, store, place)).rejects.toThrow(expect.objectContaining({ code: 'KP5072' }));
    server.routes.set('/alpine/main/x86_64/one-1.apk', { kind: 'ok', body: Buffer.alloc(2 ** 18) });
    await expect(fetchApkPackage(ctx, store, place)).rejects.toThrow(expect.objectContaining({ code: 'KP6017' }));
  });
});

test.each(['file', 'symlink'] as const)('a %s has the checksum of its PAX record', async (type) => {
  const read = async (text: string): Promise<void> => {
    const hex = createHash('sha1').update('right').digest('hex');
    const entry = {
      header: { type, path: 'x', linkTarget: type === 'symlink' ? text : '' },
      pax: new Map([['APK-TOOLS.checksum.SHA1', Buffer.from(hex)]]),
      body: bodyOf(text),
    } as unknown as TarStreamEntry;
    for await (const { body } of withChecksums(bodyOf(entry), 'a package')) for await (const _ of body);
  };
  await read('right');
  await expect(read('wrong')).rejects.toThrow(expect.objectContaining({ code: 'KP5072' }));
});

async function* bodyOf<T>(value: T): AsyncGenerator<T extends string ? Uint8Array : T> {
  yield (typeof value === 'string' ? Buffer.from(value) : value) as T extends string ? Uint8Array : T;
}
