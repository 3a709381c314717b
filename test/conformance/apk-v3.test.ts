import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { dumpAdb } from '../../src/codec/adb/dump-adb.ts';
import { readAdb } from '../../src/codec/adb/read-adb.ts';
import { writeAdb } from '../../src/codec/adb/write-adb.ts';
import { encodePath } from '../../src/codec/path-text.ts';
import { verifyAdb } from '../../src/crypto/adb-signature.ts';
import { readPublicKey } from '../../src/crypto/public-keys.ts';
import { indexPackagesV3 } from '../../src/feed/apk/v3/index-packages.ts';
import { readIndexV3 } from '../../src/feed/apk/v3/index.ts';
import { unpackApkV3 } from '../../src/feed/apk/v3/package.ts';
import { defaultLimits } from '../../src/io/limits.ts';
import { apkFacts, flipped, indexFacts, once, onlyOurs } from '../support/apk-v3-facts.ts';
import { seededRandom } from '../support/random.ts';
import { openTestStore } from '../support/test-store.ts';

const realdata = process.env.KILOPY_REALDATA ?? resolve(import.meta.dirname, '../../../shared/realdata');
const present = existsSync(realdata);
const limits = { databaseBytes: 2 ** 26, totalBytes: 2 ** 28 };

async function dumpOf(bytes: Uint8Array): Promise<Buffer> {
  const lines: Uint8Array[] = [];
  for await (const line of dumpAdb(await readAdb(once(bytes), limits), () => 'UNTRUSTED signature'))
    lines.push(encodePath(`${line}\n`));
  return Buffer.concat(lines);
}

function dumps(): readonly (readonly [file: string, yaml: string])[] {
  const v3 = join(realdata, 'alpine/v3');
  const mossdef = join(realdata, 'openwrt/mossdef-apk');
  return [
    ...list(v3, '.yaml').map((yaml) => [join(v3, yaml.slice(0, -5)), join(v3, yaml)] as const),
    ...list(join(mossdef, 'expected'), '.yaml').map(
      (yaml) => [join(mossdef, yaml.slice(0, -5)), join(mossdef, 'expected', yaml)] as const,
    ),
  ];
}

function feedFolders(): readonly string[] {
  const architectures = list(join(realdata, 'openwrt/dichgrem-zzz/apk'), '');
  const folders = [
    'alpine/v3',
    'openwrt/mossdef-apk',
    ...architectures.map((one) => `openwrt/dichgrem-zzz/apk/${one}`),
  ];
  return folders.map((folder) => join(realdata, folder));
}

function list(folder: string, end: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith(end));
}

test('packages and indexes of version 3 are dumped byte for byte as adbdump of apk-tools dumps them', async (context) => {
  context.skip(!present, 'the folder with real data is absent');
  const pairs = dumps();
  expect(pairs.length).toBe(20);
  for (const [file, yaml] of pairs) {
    expect((await dumpOf(readFileSync(file))).toString('latin1')).toBe(readFileSync(yaml, 'latin1'));
  }
});

test('signatures of ECDSA and RSA hold, and do not once a byte of the database or the signature is changed', async (context) => {
  context.skip(!present, 'the folder with real data is absent');
  let checked = 0;
  for (const folder of feedFolders()) {
    const keys = list(folder, '.pem').map((name) => readPublicKey(readFileSync(join(folder, name)), name));
    for (const name of [...list(folder, '.apk'), ...list(folder, '.adb')]) {
      const file = await readAdb(once(readFileSync(join(folder, name))), limits);
      // The packages of this feed are not signed: only its index vouches for them.
      if (file.signatures.length === 0) continue;
      expect(verifyAdb(file, keys, name).verdict.kind).toBe('signature');
      expect(() => verifyAdb(file, [], name)).toThrow(expect.objectContaining({ code: 'KP5001' }));
      const database = Uint8Array.from(file.database);
      database[checked % database.length]! ^= 1 << (checked % 8);
      expect(() => verifyAdb({ ...file, database }, keys, name)).toThrow(expect.objectContaining({ code: 'KP5002' }));
      const [signature] = file.signatures;
      const bytes = Uint8Array.from(signature!.bytes);
      bytes[bytes.length - 1 - (checked % 30)]! ^= 1 << (checked % 8);
      const signatures = [{ ...signature!, bytes }];
      expect(() => verifyAdb({ ...file, signatures }, keys, name)).toThrow(expect.objectContaining({ code: 'KP5002' }));
      checked += 1;
    }
  }
  expect(checked).toBe(4 + 16 + 7);
});

test('every package is unpacked on the word of its index, with the files and checksums of its dump', async (context) => {
  context.skip(!present, 'the folder with real data is absent');
  const scratch = await openTestStore();
  const { store } = scratch;
  let unpacked = 0;
  for (const folder of feedFolders()) {
    const keys = list(folder, '.pem').map((name) => readPublicKey(readFileSync(join(folder, name)), name));
    const indexName = list(folder, '.adb')[0]!;
    const index = await readIndexV3(readFileSync(join(folder, indexName)), { keys }, defaultLimits, indexName);
    expect(index.verdict.kind).toBe('signature');
    const origin = { feed: 'test', folder: 'https://example.org', where: indexName, maxPackages: 100 };
    for (const info of indexPackagesV3(index, { ...origin, architecture: 'x86_64' })) {
      // One of the feeds has packages and an index that do not belong together.
      if (!existsSync(join(folder, info.path))) continue;
      const bytes = readFileSync(join(folder, info.path));
      expect(bytes.length).toBe(info.sizeBytes);
      const options = { trust: { sha256: Buffer.from(info.checksum.hex, 'hex') }, limits: defaultLimits };
      const payload = await unpackApkV3(store, once(bytes), options, info.path);
      expect(payload.control.get('pkgname')).toBe(info.name);
      expect(payload.control.get('pkgver')).toBe(info.version);
      const dump = (await dumpOf(bytes)).toString('utf8');
      const contents = payload.entries.flatMap((entry) =>
        entry.type === 'file' ? [entry.content.digest.slice(7)] : [],
      );
      expect(contents).toEqual([...dump.matchAll(/^ +hash: ([0-9a-f]{64})$/gmu)].map(([, hash]) => hash));
      const otherHash = { sha256: Buffer.alloc(32, 1) };
      const refused = unpackApkV3(store, once(bytes), { ...options, trust: otherHash }, info.path);
      await expect(refused).rejects.toMatchObject({ code: 'KP5005' });
      unpacked += 1;
    }
  }
  await scratch.remove();
  expect(unpacked).toBe(3 + 15);
});

test('packages without signature are unpacked when their trust is waived', async (context) => {
  context.skip(!present, 'the folder with real data is absent');
  const trust = { untrustedBecause: 'a test' };
  const folders = feedFolders().filter((folder) => folder.includes('dichgrem'));
  const files = folders.flatMap((folder) => list(folder, '.apk').map((name) => join(folder, name)));
  const facts = await Promise.all(files.map((file) => apkFacts(readFileSync(file), trust)));
  expect(facts.filter((fact) => fact.includes("'lib/apk/packages/"))).toHaveLength(7 * 3);
  expect(await apkFacts(readFileSync(files[0]!), { keys: [] })).toBe('KP5001');
});

test('setuid, hard link, symbolic link, extended attribute, owners and script of a package', async (context) => {
  context.skip(!present, 'the folder with real data is absent');
  const scratch = await openTestStore();
  const { store } = scratch;
  const trust = {
    keys: ['test-ec.pem', 'test-rsa.pem'].map((name) =>
      readPublicKey(readFileSync(join(realdata, 'alpine/v3', name)), name),
    ),
  };
  const accounts = {
    users: [{ name: 'daemon', password: 'x', uid: 2, gid: 2, gecos: '', home: '/', shell: '' }],
    groups: [{ name: 'bin', password: 'x', gid: 1, members: [] }],
  };
  const payloads = await Promise.all(
    list(join(realdata, 'alpine/v3'), '.apk').map((name) =>
      unpackApkV3(
        store,
        once(readFileSync(join(realdata, 'alpine/v3', name))),
        { trust, accounts, limits: defaultLimits },
        name,
      ),
    ),
  );
  for (const { entries, scripts } of payloads) {
    const entry = (path: string): (typeof entries)[number] | undefined => entries.find((one) => one.path === path);
    const [hard, hello] = [entry('usr/bin/hard'), entry('usr/bin/hello')];
    expect(hard).toMatchObject({ type: 'file', mode: 0o755, inode: expect.any(String) });
    expect(hello).toEqual({ ...hard, path: 'usr/bin/hello' });
    expect(Buffer.from(hard!.xattrs!.get('user.note')!).toString('hex')).toBe('ff00fe');
    expect(entry('usr/bin/hi')).toMatchObject({ type: 'symlink', target: 'hello', mode: 0o777 });
    expect(entry('usr/bin/suid')).toMatchObject({ type: 'file', mode: 0o4755, uid: 0, gid: 0 });
    expect(entry('var/lib')).toMatchObject({ type: 'directory', mode: 0o1777 });
    expect(entry('etc/empty')).toMatchObject({ uid: 2, gid: 1, mtimeSeconds: 1_795_422_517 });
    expect(entry('var/lib/blob')).toMatchObject({ content: { sizeBytes: 300_000 } });
    expect(scripts.get('post-install')).toBe('#!/bin/sh\nexit 0\n');
  }
  await scratch.remove();
});

test('cut short anywhere, or with any bit flipped: an error, or the same facts', async (context) => {
  context.skip(!present, 'the folder with real data is absent');
  const folder = join(realdata, 'openwrt/mossdef-apk');
  const bytes = readFileSync(join(folder, 'wireless-regdb-2025.10.07-r2.apk'));
  const trust = { keys: list(folder, '.pem').map((name) => readPublicKey(readFileSync(join(folder, name)), name)) };
  const index = readFileSync(join(realdata, 'alpine/v3/Packages.adb'));
  const indexKeys = [readPublicKey(readFileSync(join(realdata, 'alpine/v3/test-ec.pem')), 'test-ec.pem')];
  const truePackage = await apkFacts(bytes, trust);
  const trueIndex = await indexFacts(index, { keys: indexKeys });
  expect(truePackage).toMatch('wireless-regdb');
  for (let length = 0; length < index.length; length += 1) {
    expect(await indexFacts(index.subarray(0, length), { keys: indexKeys })).toMatch(/^KP/u);
  }
  for (let length = 0; length < bytes.length; length += 7) {
    expect(await apkFacts(bytes.subarray(0, length), trust)).toMatch(/^KP/u);
  }
  const random = seededRandom(4);
  for (let round = 0; round < 600; round += 1) {
    const fromIndex = await indexFacts(flipped(index, random), { keys: indexKeys });
    expect(fromIndex === trueIndex || fromIndex.startsWith('KP')).toBe(true);
    const fromPackage = await apkFacts(flipped(bytes, random), trust);
    expect(fromPackage === truePackage || fromPackage.startsWith('KP')).toBe(true);
  }
});

test('flipped bits in what nobody verified: an error or other facts, and an end', async (context) => {
  context.skip(!present, 'the folder with real data is absent');
  const file = await readAdb(once(readFileSync(join(realdata, 'alpine/v3/one-1.0-r0.apk'))), limits);
  const { schema, database } = file;
  const data = [];
  for await (const { pathIndex, fileIndex, body } of file.data) {
    const parts: Uint8Array[] = [];
    for await (const part of body) parts.push(part.slice());
    data.push({ pathIndex, fileIndex, content: Buffer.concat(parts) });
  }
  const untrusted = { untrustedBecause: 'a test' };
  const random = seededRandom(5);
  const outcomes = new Set<string>();
  for (let round = 0; round < 3000; round += 1) {
    const changed = writeAdb(
      { schema, database: flipped(database, random), signatures: [], data: data.slice(0, 3) },
      'none',
    );
    outcomes.add((await apkFacts(changed, untrusted)).slice(0, 6));
    await dumpOf(changed).catch(onlyOurs);
  }
  expect([...outcomes].filter((outcome) => outcome.startsWith('KP')).toSorted()).toEqual(
    expect.arrayContaining(['KP4001', 'KP5005', 'KP5252']),
  );
});
