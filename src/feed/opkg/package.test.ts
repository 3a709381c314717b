import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeIpk, type TestIpk } from '../../../test/support/opkg-repository.ts';
import { seededRandom } from '../../../test/support/random.ts';
import { openTestStore, type TestStore } from '../../../test/support/test-store.ts';
import { encodeGzip } from '../../codec/gzip/encode-gzip.ts';
import { gunzipMembers } from '../../codec/gzip/gunzip-members.ts';
import { readTar } from '../../codec/tar/read-tar.ts';
import { writeTar } from '../../codec/tar/write-tar.ts';
import { sha256 } from '../../crypto/digest.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import { fetchIpk } from './fetch-package.ts';
import { checkIpkIdentity, readIpkFiles, unpackIpk } from './package.ts';

const one: TestIpk = {
  name: 'one',
  version: '1-r1',
  content: { 'etc/config/one': 'x\n', 'usr/bin/one': 'one\n' },
  links: { 'usr/bin/first': 'one' },
  conffiles: ['/etc/config/one'],
  scripts: { postinst: '#!/bin/sh\n' },
};

// Made once: the encoder of the packages is slow.
const made = makeIpk(one);

/** The three members of a package, each still compressed. */
async function membersOf(): Promise<Map<string, Uint8Array>> {
  const { bytes } = await made;
  const tar = Buffer.concat([...gunzipMembers(bytes)].map(({ content }) => content));
  return new Map([...readTar(tar)].map(({ header, body }) => [header.path.replace('./', ''), Buffer.from(body)]));
}

async function tarOf(files: Iterable<readonly [string, Uint8Array]>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const common = { type: 'file', mode: 0o644, uid: 0, gid: 0, mtimeSeconds: 0 } as const;
  const entries = [...files].map(([path, body]) => ({ ...common, path, sizeBytes: body.length, body }));
  for await (const part of writeTar(entries)) parts.push(part);
  return Buffer.concat(parts);
}

function arOf(files: Iterable<readonly [string, Uint8Array]>): Uint8Array {
  const parts: Uint8Array[] = [Buffer.from('!<arch>\n')];
  for (const [name, body] of files) {
    const size = String(body.length).padEnd(10);
    parts.push(
      Buffer.from(
        `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${size}\`\n`,
      ),
    );
    parts.push(body, Buffer.alloc(body.length % 2, '\n'));
  }
  return Buffer.concat(parts);
}

describe('.ipk', () => {
  let testStore: TestStore;

  beforeEach(async () => {
    testStore = await openTestStore();
  });

  afterEach(async () => {
    await testStore.remove();
  });

  async function unpack(bytes: Uint8Array): Promise<Awaited<ReturnType<typeof unpackIpk>>> {
    const { ctx, store } = testStore;
    return await unpackIpk(ctx, store, await store.put(bytes), 'one');
  }

  test('both forms of the container give the same package', async () => {
    const members = await membersOf();
    const asTar = await unpack((await made).bytes);
    const asAr = await unpack(arOf(members));
    expect(asAr.entries.map(({ path, type }) => [path, type])).toEqual(
      asTar.entries.map(({ path, type }) => [path, type]),
    );
    expect(asTar.control.get('package')).toBe('one');
    expect([...asTar.scripts.keys()]).toEqual(['conffiles', 'control', 'postinst']);
    expect(asTar.conffiles).toEqual(['etc/config/one']);
    expect(readIpkFiles(arOf(members), testStore.ctx.limits, 'one').files).toContainEqual({
      path: 'usr/bin/first',
      type: 'symlink',
      target: 'one',
    });
  });

  test('the package is not the one that the index promised', async () => {
    const payload = await unpack((await made).bytes);
    const promised = { name: 'one', version: '2-r1', architecture: 'mips_24kc' };
    expect(() => checkIpkIdentity(payload, promised)).toThrow(expect.objectContaining({ code: 'KP5104', exitCode: 5 }));
  });

  test('the file is not what the index says', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kilopy-ipk-'));
    const { bytes } = await made;
    const path = join(folder, 'one.ipk');
    await writeFile(path, Buffer.concat([bytes, Buffer.of(0)]));
    const place = { url: pathToFileURL(path).href, digest: sha256(bytes), sizeBytes: bytes.length };
    const fetching = fetchIpk(testStore.ctx, testStore.store, place, 'one');
    await expect(fetching).rejects.toThrow(expect.objectContaining({ code: 'KP5108', exitCode: 5 }));
    await rm(path);
    await expect(fetchIpk(testStore.ctx, testStore.store, place, 'one')).rejects.toThrow(/not in its folder/u);
    await rm(folder, { recursive: true });
  });

  test.each<[string, (members: Map<string, Uint8Array>) => Promise<Uint8Array>]>([
    ['an ipk inside of an ar', async () => arOf([['one.ipk', (await made).bytes]])],
    ['no data', async (members) => (members.delete('data.tar.gz'), await encodeGzip(await tarOf(members)))],
    ['no control', async (members) => (members.delete('control.tar.gz'), await encodeGzip(await tarOf(members)))],
    [
      'another format',
      async (members) => (members.set('debian-binary', Buffer.from('3.0\n')), await encodeGzip(await tarOf(members))),
    ],
    ['no tar in it', async () => await encodeGzip(Buffer.from('nothing'))],
    ['a web page', async () => await Promise.resolve(Buffer.from('<html>'))],
    ['nothing', async () => await Promise.resolve(new Uint8Array(0))],
  ])('%s is KP5103', async (_, make) => {
    const bytes = await make(await membersOf());
    await expect(unpack(bytes)).rejects.toThrow(expect.objectContaining({ code: 'KP5103', exitCode: 5 }));
  });

  test.each(['data', 'control'])('a truncated %s.tar is an error with its place', async (name) => {
    const members = await membersOf();
    const inner = Buffer.concat(
      [...gunzipMembers(members.get(`${name}.tar.gz`) ?? new Uint8Array(0))].map(({ content }) => content),
    );
    members.set(`${name}.tar.gz`, await encodeGzip(inner.subarray(0, inner.length - 1200)));
    await expect(unpack(arOf(members))).rejects.toThrow(expect.objectContaining({ code: 'KP4001', exitCode: 5 }));
  });

  test('a path that leads out of the package is refused', async () => {
    const members = await membersOf();
    members.set('data.tar.gz', await encodeGzip(await tarOf([['../../etc/passwd', Buffer.from('x')]])));
    await expect(unpack(arOf(members))).rejects.toThrow(expect.objectContaining({ code: 'KP5061' }));
  });

  test('whatever is cut off or flipped, it is an error of ours or the same package', async () => {
    const { bytes } = await made;
    const random = seededRandom(5);
    const outcomes = Array.from({ length: 300 }, (_, i) => {
      const changed = Buffer.from(i % 3 === 0 ? bytes.subarray(0, Math.floor(random() * bytes.length)) : bytes);
      const at = Math.floor(random() * changed.length);
      if (changed.length > 0 && i % 3 !== 0) changed[at] = (changed[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      try {
        readIpkFiles(changed, testStore.ctx.limits, 'one');
        return 'read';
      } catch (error) {
        return error instanceof KilopyError ? 'refused' : String(error);
      }
    });
    expect([...new Set(outcomes)].toSorted()).toEqual(['read', 'refused']);
  });
});
