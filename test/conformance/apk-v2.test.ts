import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alpineKeys } from '../../src/crypto/keys/alpine.ts';
import { wolfiKeys } from '../../src/crypto/keys/wolfi.ts';
import { readPublicKey, type FeedKey } from '../../src/crypto/public-keys.ts';
import { KilopyError } from '../../src/errors/kilopy-error.ts';
import { openApkV2, unpackApkV2 } from '../../src/feed/apk/v2/package.ts';
import { readIndexV2 } from '../../src/feed/apk/v2/index.ts';
import { readSignatures } from '../../src/feed/apk/v2/segments.ts';
import { openTestStore, type TestStore } from '../support/test-store.ts';

const realdata = process.env.KILOPY_REALDATA ?? resolve(import.meta.dirname, '../../../shared/realdata');
const alpine = join(realdata, 'alpine');
const limits = { indexBytes: 2 ** 28, packageBytes: 2 ** 28, fileBytes: 2 ** 28, entries: 1e5 };
const waived = { trust: { untrustedBecause: 'a test' }, limits } as const;

function keysIn(folder: string): FeedKey[] {
  return readdirSync(join(alpine, folder))
    .filter((name) => name.endsWith('.pub'))
    .map((name) => readPublicKey(readFileSync(join(alpine, folder, name)), name));
}

async function outcomeOf({ store }: TestStore, bytes: Uint8Array): Promise<string> {
  try {
    return JSON.stringify((await unpackApkV2(store, bytes, waived, 'x', 'x')).entries);
  } catch (error) {
    return error instanceof KilopyError ? 'refused' : `crashed: ${String(error)}`;
  }
}

test('the keys that kilopy carries are the ones that their fingerprints say', () => {
  for (const { name, pem, fingerprint } of [...alpineKeys, ...wolfiKeys]) {
    expect(readPublicKey(pem, name)).toMatchObject({ type: 'rsa', fingerprint });
  }
});

describe.skipIf(!existsSync(alpine))(`real files of version 2 (${alpine})`, () => {
  let testStore: TestStore;

  beforeAll(async () => {
    testStore = await openTestStore();
  });

  afterAll(async () => {
    await testStore.remove();
  });

  const indexes = [
    ['main-3.16-x86_64', 'keys', 'alpine-devel@lists.alpinelinux.org-6165ee59.rsa.pub'],
    ['main-3.17-aarch64', 'keys', 'alpine-devel@lists.alpinelinux.org-616ae350.rsa.pub'],
    ['rsa256', 'rsa256', 'test-rsa256.rsa.pub'],
  ] as const;

  test.each(indexes)('the index %s is signed by the key that it names', (folder, keyFolder, signer) => {
    const bytes = readFileSync(join(alpine, folder, 'APKINDEX.tar.gz'));
    const { verdict } = readIndexV2(bytes, { keys: keysIn(keyFolder) }, limits, folder);
    expect(verdict).toMatchObject({ kind: 'signature', signer });
    expect(() => readIndexV2(bytes, { keys: keysIn('signing/keys') }, limits, folder)).toThrow(
      expect.objectContaining({ code: 'KP5001' }),
    );
    const changed = Buffer.from(bytes);
    changed[bytes.length - 100]! ^= 1;
    expect(() => readIndexV2(changed, { keys: keysIn(keyFolder) }, limits, folder)).toThrow(
      expect.objectContaining({ code: 'KP5002' }),
    );
  });

  test('of three signatures any one suffices, also when another is wrong', () => {
    const bytes = readFileSync(join(alpine, 'signing/APKINDEX.tar.gz'));
    expect(readSignatures(bytes, 'signing').signatures).toHaveLength(3);
    const keys = keysIn('signing/keys');
    for (const key of keys) {
      expect(readIndexV2(bytes, { keys: [key] }, limits, 'signing').verdict).toMatchObject({ signer: key.name });
      const wrong = keys.filter((other) => other !== key).map((other) => ({ ...other, key: keysIn('keys')[0]!.key }));
      const mixed = { keys: [...wrong, key] };
      expect(readIndexV2(bytes, mixed, limits, 'signing').verdict).toMatchObject({ signer: key.name });
    }
    expect(() => readIndexV2(bytes, { keys: keysIn('keys') }, limits, 'signing')).toThrow(/not signed by a key/u);
  });

  const packages = [
    'packages/alpine-baselayout-3.2.0-r23.apk',
    'packages/hello-0.1.0-r0.apk',
    'packages/hello-2.12-r0.apk',
    'packages/hello-wolfi-2.12.1-r0.apk',
    'packages/replaces-0.0.1-r0.apk',
    'apko/packages/x86_64/replayout-1.0.0-r0.apk',
    'apko/packages/aarch64/pretend-baselayout-1.0.0-r0.apk',
  ];

  test.each(packages)('%s: its parts, its checksums, and every file with its own', async (path) => {
    const bytes = readFileSync(join(alpine, path));
    const { control, segments } = openApkV2(bytes, waived.trust, path);
    expect(path).toContain(`${control.get('pkgname')}-${control.get('pkgver')}.apk`);
    expect(control.get('datahash')).toMatch(/^[0-9a-f]{64}$/u);
    expect(segments).toMatchObject({ control: { end: segments.data.start }, data: { end: bytes.length } });
    const { entries } = await unpackApkV2(testStore.store, bytes, waived, path, path);
    expect(new Set(entries.map((entry) => entry.path)).size).toBe(entries.length);
    // A changed byte of any part is noticed.
    for (const at of [segments.control.start + 40, segments.data.start + 40, bytes.length - 20]) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 4;
      const checksum = { algorithm: 'sha1', hex: '0'.repeat(40) } as const;
      expect(() => openApkV2(changed, { checksum }, path)).toThrow(/KP|checksum|damage|gzip/u);
    }
  });

  test('packages of Alpine are signed by its keys', () => {
    const bytes = readFileSync(join(alpine, 'packages/alpine-baselayout-3.2.0-r23.apk'));
    const { verdict } = openApkV2(bytes, { keys: keysIn('keys') }, 'alpine-baselayout');
    expect(verdict).toMatchObject({ kind: 'signature', signer: expect.stringMatching(/^alpine-devel@/u) });
  });

  test('a package that is cut short or has a flipped bit is refused, or is the same', async () => {
    const bytes = readFileSync(join(alpine, 'packages/replaces-0.0.1-r0.apk'));
    const right = await outcomeOf(testStore, bytes);
    const outcomes = new Set<string>();
    for (let end = 0; end < bytes.length; end += 1) outcomes.add(await outcomeOf(testStore, bytes.subarray(0, end)));
    expect([...outcomes]).toEqual(['refused']);
    for (let at = 0; at < bytes.length; at += 1) {
      const flipped = Buffer.from(bytes);
      flipped[at]! ^= 1 << (at % 8);
      outcomes.add(await outcomeOf(testStore, flipped));
    }
    expect([...outcomes].filter((outcome) => outcome !== 'refused' && outcome !== right)).toEqual([]);
  });
});
