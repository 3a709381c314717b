import { createHash, generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readSigningKey, type SigningKey } from '../../src/crypto/signing-key.ts';
import { signSegment } from '../../src/emit/apk/sign-segment.ts';
import { readSignatures } from '../../src/feed/apk/v2/segments.ts';
import { apkPlace, rootText, type ApkPlace } from '../support/apk-place.ts';
import type { TestApk } from '../support/apk-repository.ts';
import { peakMemory } from '../support/peak-memory.ts';

/** Repositories of apk that are damaged, contradict themselves or each other: what `kilopy apko` says, and that it writes nothing. */

const a: TestApk = { name: 'a', version: '1-r0', content: { 'usr/share/a': 'a\n' } };
const other: TestApk = { name: 'a', version: '1-r0', content: { 'usr/share/a': 'of the second\n' } };

interface Pair {
  readonly key: SigningKey;
  readonly publicKey: string;
}

function makePair(name: string): Pair {
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { key: readSigningKey(pair.privateKey, name), publicKey: pair.publicKey };
}

const index = '/r0/x86_64/APKINDEX.tar.gz';

function served(place: ApkPlace, path: string): Uint8Array {
  const route = place.server.routes.get(path);
  if (route?.kind !== 'ok') throw new Error(`nothing is served at ${path}`);
  return Buffer.from(route.body);
}

/** The index under other signatures: each of the key, over the index or over something else. */
async function resign(place: ApkPlace, signers: readonly (readonly [Pair, 'right' | 'wrong'])[]): Promise<void> {
  const bytes = served(place, index);
  const signed = bytes.subarray(readSignatures(bytes, 'index').end);
  const segments: Uint8Array[] = [];
  for (const [{ key }, how] of signers) {
    segments.push(await signSegment(how === 'right' ? signed : Buffer.from('something else'), [key], 'sha256', 0));
  }
  place.server.routes.set(index, { kind: 'ok', body: Buffer.concat([...segments, signed]) });
}

/** Status, and what was said; nothing was printed or written. */
async function refused(place: ApkPlace): Promise<readonly [number, string]> {
  const { stderr, stdout, status } = await place.root();
  expect(stdout).toBe('');
  expect(stderr).not.toMatch(/undefined|^\s+at /mu);
  expect(existsSync(join(place.folder, 'app/root.tar'))).toBe(false);
  return [status, stderr];
}

describe('signatures of an index', () => {
  const [first, second, stranger] = [
    makePair('first.rsa.pub'),
    makePair('second.rsa.pub'),
    makePair('stranger.rsa.pub'),
  ];
  const trusted = { 'first.rsa.pub': first.publicKey, 'second.rsa.pub': second.publicKey };

  test.each([
    ['by an unknown key alone', [[stranger, 'right']], /KP5001[^]*stranger\.rsa\.pub/u],
    ['a bad one of a trusted key', [[first, 'wrong']], /KP5002/u],
    [
      'a bad one of a trusted key and a good one of a stranger',
      [
        [first, 'wrong'],
        [stranger, 'right'],
      ],
      /KP5002/u,
    ],
    [
      'bad ones only',
      [
        [first, 'wrong'],
        [second, 'wrong'],
      ],
      /KP5002/u,
    ],
    ['none', [], /KP5001/u],
  ] as const)('%s: refused before a package is asked for', async (_title, signers, says) => {
    const place = await apkPlace([[a]]);
    await resign(place, signers);
    place.configure(['a'], trusted);
    expect(await refused(place)).toEqual([5, expect.stringMatching(says)]);
    expect(place.server.count('/r0/x86_64/a-1-r0.apk')).toBe(0);
  });

  test.each([
    [
      'a stranger, then a good one',
      [
        [stranger, 'right'],
        [second, 'right'],
      ],
    ],
    [
      'a bad one of a stranger among good ones',
      [
        [stranger, 'wrong'],
        [first, 'right'],
        [second, 'right'],
      ],
    ],
    [
      'a bad one of a trusted key beside a good one of another',
      [
        [first, 'wrong'],
        [second, 'right'],
      ],
    ],
  ] as const)('%s: one good signature of a trusted key is enough, as for apk', async (_title, signers) => {
    const place = await apkPlace([[a]]);
    await resign(place, signers);
    place.configure(['a'], trusted);
    expect(await place.packages()).toEqual(['a 1-r0']);
  });
});

describe('packages that are not what the index says', () => {
  test('a package newer than its index', async () => {
    const place = await apkPlace([[a], [other]]);
    place.server.routes.set('/r0/x86_64/a-1-r0.apk', { kind: 'ok', body: served(place, '/r1/x86_64/a-1-r0.apk') });
    place.configure(['a']);
    expect(await refused(place)).toEqual([
      5,
      expect.stringMatching(/KP5072: a 1-r0 does not have the checksum[^]*newer than its index/u),
    ]);
  });

  test('a package under the name of another', async () => {
    const b: TestApk = { name: 'b', version: '1-r0' };
    const place = await apkPlace([[a, b]]);
    place.server.routes.set('/r0/x86_64/a-1-r0.apk', { kind: 'ok', body: served(place, '/r0/x86_64/b-1-r0.apk') });
    place.configure(['a']);
    expect(await refused(place)).toEqual([5, expect.stringMatching(/KP5072: a 1-r0 does not have/u)]);
  });

  test('a package of the index that the server has lost', async () => {
    const place = await apkPlace([[a]]);
    place.server.routes.delete('/r0/x86_64/a-1-r0.apk');
    place.configure(['a']);
    expect(await refused(place)).toEqual([4, expect.stringMatching(/KP6012[^]*a-1-r0\.apk/u)]);
  });

  test('two repositories have one package with different bytes: the first wins, with its own bytes', async () => {
    const place = await apkPlace([[a], [other]]);
    place.configure(['a']);
    expect(await place.root()).toMatchObject({ status: 0 });
    expect(rootText(place, 'usr/share/a')).toBe('a\n');
    expect(place.server.count('/r1/x86_64/a-1-r0.apk')).toBe(0);
  });

  test('a repository that changes its bytes under the same name and version: the new ones, not those of the store', async () => {
    const place = await apkPlace([[a], [other]]);
    place.configure(['a']);
    expect(await place.root()).toMatchObject({ status: 0 });
    for (const path of ['APKINDEX.tar.gz', 'a-1-r0.apk']) {
      place.server.routes.set(`/r0/x86_64/${path}`, { kind: 'ok', body: served(place, `/r1/x86_64/${path}`) });
    }
    expect(await place.root()).toMatchObject({ status: 0 });
    expect(rootText(place, 'usr/share/a')).toBe('of the second\n');
  });
});

describe('packages that fight or hang together', () => {
  const rival: TestApk = { name: 'rival', version: '1-r0', content: { 'usr/share/a': 'rival\n' } };

  test('a file of two packages without replaces', async () => {
    const place = await apkPlace([[a, rival]]);
    place.configure(['a', 'rival']);
    expect(await refused(place)).toEqual([
      7,
      expect.stringMatching(/KP2109[^]*usr\/share\/a[^]*(?:a[^]*rival|rival[^]*a)/u),
    ]);
  });

  test.each([
    ['the same content', { content: { 'usr/share/a': 'a\n' } }, 'a\n'],
    ['replaces', { replaces: ['a'] }, 'rival\n'],
    ['replaces of that version', { replaces: ['a<2'] }, 'rival\n'],
    ['one origin', { origin: 'a' }, 'rival\n'],
  ] as const)('and with %s', async (_title, change, content) => {
    const place = await apkPlace([[a, { ...rival, ...change }]]);
    place.configure(['a', 'rival']);
    expect(await place.root()).toMatchObject({ status: 0 });
    expect(rootText(place, 'usr/share/a')).toBe(content);
  });

  test('replaces of another version does not help', async () => {
    const place = await apkPlace([[a, { ...rival, replaces: ['a>2'] }]]);
    place.configure(['a', 'rival']);
    expect(await refused(place)).toEqual([7, expect.stringMatching(/KP2109/u)]);
  });

  test('cyclic dependencies: all of the circle, each once', async () => {
    const names = ['p', 'q', 'r'];
    const circle = names.map((name, i) => ({ name, version: '1', depends: [names[(i + 1) % 3] ?? '', name] }));
    const place = await apkPlace([circle]);
    place.configure(['q']);
    expect((await place.packages()).toSorted()).toEqual(['p 1', 'q 1', 'r 1']);
    expect(await place.root()).toMatchObject({ status: 0 });
  });

  test('install_if in a circle: nothing comes by itself, and all of it when one is there', async () => {
    const loop: TestApk[] = [
      { name: 'p', version: '1', installIf: ['q'] },
      { name: 'q', version: '1', installIf: ['p'] },
      { name: 'self', version: '1', installIf: ['self'] },
      // Comes when it is not there, and would then have no reason.
      { name: 'shy', version: '1', installIf: ['p', '!shy'] },
    ];
    const place = await apkPlace([[a, ...loop]]);
    place.configure(['a']);
    expect(await place.packages()).toEqual(['a 1-r0']);
    place.configure(['q']);
    const found = await place.packages();
    expect(found.filter((line) => line !== 'shy 1').toSorted()).toEqual(['p 1', 'q 1']);
  });
});

describe('sizes', () => {
  const threeGiB = 3 * 2 ** 30;

  test('a file of 3 GiB that is not there is told by its name, without the memory for it', async () => {
    const place = await placeWith(threeGiB, 0);
    expect(await refused(place)).toEqual([5, expect.stringMatching(/error KP40\d\d: [^]*a 1-r0[^]*/u)]);
    expect(place.peakBytes()).toBeLessThan(300 * 2 ** 20);
  });

  test('an index entry of 3 GiB for a small package: what came is what counts', async () => {
    const place = await placeWith(0, threeGiB);
    expect(await place.root()).toMatchObject({ status: 0 });
    expect(place.peakBytes()).toBeLessThan(300 * 2 ** 20);
  });

  test('more bytes than the index says are not waited for', async () => {
    const place = await placeWith(0, 100);
    place.server.routes.set('/r0/x86_64/a-1-r0.apk', { kind: 'ok', body: Buffer.alloc(2 ** 20), chunked: true });
    expect(await refused(place)).toEqual([5, expect.stringMatching(/KP6017: \S+: a 1-r0 is too large/u)]);
  });
});

/** ustar, POSIX.1-1988: name, mode, sizes in octal, checksum over the header with blanks in its place. */
function header(name: string, sizeBytes: number): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write('0000644\0' + '0000000\0'.repeat(2), 100);
  block.write(`${sizeBytes.toString(8).padStart(11, '0')}\0${'0'.repeat(11)}\0        0`, 124);
  block.write('ustar\u000000', 257);
  block.write(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  return block;
}

/** A package whose only file has so many bytes by its header, and none behind it. */
function declaring(sizeBytes: number): { readonly bytes: Buffer; readonly checksum: string } {
  const data = gzipSync(Buffer.concat([header('big', sizeBytes), Buffer.alloc(4096)]));
  const datahash = createHash('sha256').update(data).digest('hex');
  const info = Buffer.from(
    `pkgname = a\npkgver = 1-r0\narch = x86_64\nsize = ${String(sizeBytes)}\ndatahash = ${datahash}\n`,
  );
  const padded = Buffer.alloc(Math.ceil(info.length / 512) * 512);
  info.copy(padded);
  const control = gzipSync(Buffer.concat([header('.PKGINFO', info.length), padded]));
  const sha1 = createHash('sha1').update(control).digest('base64');
  return { bytes: Buffer.concat([control, data]), checksum: `Q1${sha1}` };
}

/** A repository whose index gives the package so many bytes, and whose package gives its file so many. */
async function placeWith(
  sizeBytes: number,
  declared: number,
): Promise<ApkPlace & { readonly peakBytes: () => number }> {
  const memory = peakMemory();
  const pair = makePair('own.rsa.pub');
  const place = await apkPlace([[a]], memory.env);
  const { bytes, checksum } = declaring(sizeBytes);
  const text = `C:${checksum}\nP:a\nV:1-r0\nA:x86_64\nS:${String(declared)}\nI:${String(sizeBytes)}\n\n`;
  const body = Buffer.alloc(Math.ceil(text.length / 512) * 512 + 1024);
  body.write(text);
  const signed = gzipSync(Buffer.concat([header('APKINDEX', text.length), body]));
  const signature = await signSegment(signed, [pair.key], 'sha256', 0);
  place.server.routes.set(index, { kind: 'ok', body: Buffer.concat([signature, signed]) });
  place.server.routes.set('/r0/x86_64/a-1-r0.apk', { kind: 'ok', body: bytes });
  place.configure(['a'], { 'own.rsa.pub': pair.publicKey });
  return { ...place, peakBytes: memory.bytes };
}
