import { createHash, generateKeyPairSync, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { memoryStore, once } from '../../../test/support/apk-v3-facts.ts';
import { gunzipMembers } from '../../codec/gzip/gunzip-members.ts';
import { readTar } from '../../codec/tar/read-tar.ts';
import { readSigningKey } from '../../crypto/signing-key.ts';
import { parseApkIndex } from '../../feed/apk/parse-index.ts';
import { readIndexV2 } from '../../feed/apk/v2/index.ts';
import { unpackApkV2 } from '../../feed/apk/v2/package.ts';
import { indexPackagesV3 } from '../../feed/apk/v3/index-packages.ts';
import { readIndexV3 } from '../../feed/apk/v3/index.ts';
import { unpackApkV3 } from '../../feed/apk/v3/package.ts';
import { defaultLimits } from '../../io/limits.ts';
import type { ApkRecipe } from './apk-recipe.ts';
import { writeApkV2 } from './write-apk-v2.ts';
import { writeApkV3 } from './write-apk-v3.ts';
import { writeIndexV2 } from './write-index-v2.ts';
import { writeIndexV3 } from './write-index-v3.ts';

const pem = { type: 'pkcs8', format: 'pem' } as const;
const rsa = readSigningKey(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export(pem), 'me.rsa.pub');
const ec = readSigningKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export(pem), 'me.ec.pub');

const program = Buffer.from('#!/bin/sh\necho hello\n');

const recipe: ApkRecipe = {
  name: 'hello',
  version: '1.0-r0',
  architecture: 'noarch',
  description: 'A friendly greeting',
  url: 'https://example.org',
  license: 'MIT',
  origin: 'greetings',
  maintainer: 'Somebody <s@example.org>',
  buildTime: 1_700_000_000,
  depends: ['so:libc.so.1', 'musl>=1.2', '!bye'],
  provides: ['cmd:hello=1.0-r0'],
  replaces: ['hallo'],
  installIf: ['docs', 'hi'],
  providerPriority: 5,
  replacesPriority: 2,
  scripts: new Map([
    ['post-install', '#!/bin/sh\n'],
    ['trigger', '#!/bin/sh\nexit 0\n'],
  ]),
  triggers: ['/usr/lib', '/lib/*'],
  nodes: [
    { type: 'directory', path: 'usr', mode: 0o755 },
    { type: 'directory', path: 'usr/bin', mode: 0o755 },
    { type: 'file', path: 'usr/bin/hello', mode: 0o4755, content: program },
    { type: 'file', path: 'usr/bin/hello2', mode: 0o755, content: program, hardLinkOf: 'usr/bin/hello' },
    { type: 'symlink', path: 'usr/bin/hi', mode: 0o777, target: 'hello' },
    { type: 'file', path: 'zero', mode: 0o644, content: new Uint8Array(0) },
  ],
};

function sha1(content: string | Uint8Array): string {
  return createHash('sha1').update(content).digest('hex');
}

test('version 2: three members, signed, bound by digests', async () => {
  const { bytes, identity } = await writeApkV2(recipe, [rsa], 'sha256');
  const [signature, control, data] = [...gunzipMembers(bytes)];
  const raw = (member: typeof signature): Buffer => Buffer.from(bytes).subarray(member!.start, member!.end);
  const [sign] = [...readTar(signature!.content, { endMarker: 'optional' })];
  expect(sign!.header.path).toBe('.SIGN.RSA256.me.rsa.pub');
  expect(verify('sha256', raw(control), rsa.public.key, sign!.body)).toBe(true);
  expect(createHash('sha1').update(raw(control)).digest()).toEqual(identity);
  const controls = [...readTar(control!.content, { endMarker: 'optional' })];
  expect(controls.map(({ header }) => [header.path, header.mode])).toEqual([
    ['.PKGINFO', 0o644],
    ['.post-install', 0o755],
    ['.trigger', 0o755],
  ]);
  const dataHash = createHash('sha256').update(raw(data)).digest('hex');
  expect(Buffer.from(controls[0]!.body).toString()).toBe(
    [
      'pkgname = hello',
      'pkgver = 1.0-r0',
      'pkgdesc = A friendly greeting',
      'url = https://example.org',
      'builddate = 1700000000',
      'size = 21',
      'arch = noarch',
      'origin = greetings',
      'maintainer = Somebody <s@example.org>',
      'replaces_priority = 2',
      'provider_priority = 5',
      'license = MIT',
      'replaces = hallo',
      'depend = so:libc.so.1',
      'depend = musl>=1.2',
      'depend = !bye',
      'provides = cmd:hello=1.0-r0',
      'install_if = docs hi',
      'triggers = /usr/lib /lib/*',
      `datahash = ${dataHash}\n`,
    ].join('\n'),
  );
  const files = [...readTar(data!.content)];
  expect(files.map(({ header }) => `${header.type} ${header.path} ${header.mode.toString(8)}`)).toEqual([
    'directory usr/ 755',
    'directory usr/bin/ 755',
    'file usr/bin/hello 4755',
    'hardlink usr/bin/hello2 755',
    'symlink usr/bin/hi 777',
    'file zero 644',
  ]);
  const checksums = files.map(({ pax }) => Buffer.from(pax.get('APK-TOOLS.checksum.SHA1') ?? []).toString());
  expect(checksums).toEqual(['', '', sha1(program), sha1(program), sha1('hello'), sha1('')]);
});

test('version 2: the index, signed by two keys, with SHA-1', async () => {
  const other = readSigningKey(
    generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export(pem),
    'you.rsa.pub',
  );
  const made = await writeApkV2(recipe, [rsa], 'sha1');
  const bytes = await writeIndexV2([made], 'x86_64', 'v1', [rsa, other], 'sha1');
  const [signature, content] = [...gunzipMembers(bytes)];
  const signs = [...readTar(signature!.content, { endMarker: 'optional' })];
  expect(signs.map(({ header }) => header.path)).toEqual(['.SIGN.RSA.me.rsa.pub', '.SIGN.RSA.you.rsa.pub']);
  const signed = Buffer.from(bytes).subarray(content!.start, content!.end);
  expect([rsa, other].map((key, index) => verify('sha1', signed, key.public.key, signs[index]!.body))).toEqual([
    true,
    true,
  ]);
  const [description, index] = [...readTar(content!.content)].map(({ body }) => Buffer.from(body).toString());
  expect(description).toBe('v1');
  expect(index).toBe(
    `C:Q1${Buffer.from(made.identity).toString('base64')}\nP:hello\nV:1.0-r0\nA:x86_64\nS:${String(made.bytes.length)}\nI:21\n` +
      'T:A friendly greeting\nU:https://example.org\nL:MIT\no:greetings\nm:Somebody <s@example.org>\nt:1700000000\n' +
      'k:5\nD:so:libc.so.1 musl>=1.2 !bye\np:cmd:hello=1.0-r0\ni:docs hi\n\n',
  );
});

test('version 2: our own reader takes package and index', async () => {
  const made = await writeApkV2(recipe, [rsa], 'sha256');
  const bytes = await writeIndexV2([made], 'x86_64', 'v1', [rsa], 'sha256');
  const trust = { keys: [rsa.public] };
  const { text, description } = readIndexV2(bytes, trust, defaultLimits, 'APKINDEX.tar.gz');
  const origin = { feed: 'f', folder: 'u', where: 'w', architecture: 'x86_64', maxPackages: 9 };
  const [entry] = parseApkIndex(text, origin);
  expect(description).toBe('v1');
  expect(entry).toMatchObject({
    name: 'hello',
    sizeBytes: made.bytes.length,
    providerPriority: 5,
    unusable: undefined,
  });
  const options = { trust: { checksum: entry!.checksum }, limits: defaultLimits };
  const payload = await unpackApkV2(memoryStore(), made.bytes, options, 'id', 'hello');
  expect(payload.entries.map(({ path }) => path)).toEqual(recipe.nodes.map(({ path }) => path));
  expect(payload.scripts).toEqual(recipe.scripts);
});

test('version 2 knows no EC keys', async () => {
  await expect(writeApkV2(recipe, [ec], 'sha256')).rejects.toMatchObject({ code: 'KP5250', where: 'me.ec.pub' });
});

test.each([
  ['RSA', [rsa]],
  ['ECDSA', [ec]],
  ['both', [ec, rsa]],
])('version 3, signed with %s, is what our reader and its index say', async (_, keys) => {
  const made = writeApkV3(recipe, keys);
  const indexBytes = writeIndexV3([made], 'x86_64', 'test', keys);
  const trusted = keys.slice(-1).map((key) => key.public);
  const index = await readIndexV3(indexBytes, { keys: trusted }, defaultLimits, 'Packages.adb');
  expect(index).toMatchObject({ description: 'test', packages: [{ name: 'hello', architecture: 'x86_64' }] });
  const origin = { feed: 'f', folder: 'u', where: 'w', architecture: 'x86_64', maxPackages: 9 };
  const [entry] = indexPackagesV3(index, origin);
  expect(entry).toMatchObject({
    path: 'hello-1.0-r0.apk',
    sizeBytes: made.bytes.length,
    installedSizeBytes: 21,
    providerPriority: 5,
    depends: [
      { name: 'bye', negative: true, operator: '' },
      { name: 'musl', negative: false, operator: '>=', version: '1.2' },
      { name: 'so:libc.so.1' },
    ],
    installIf: [{ name: 'docs' }, { name: 'hi' }],
    unusable: undefined,
  });
  const options = { trust: { sha256: Buffer.from(entry!.checksum.hex, 'hex') }, limits: defaultLimits };
  const payload = await unpackApkV3(memoryStore(), once(made.bytes), options, 'hello');
  expect(Object.fromEntries(payload.control)).toMatchObject({
    pkgname: 'hello',
    arch: 'noarch',
    origin: 'greetings',
    replaces: 'hallo',
    replaces_priority: '2',
    triggers: '/usr/lib /lib/*',
  });
  expect(payload.scripts).toEqual(recipe.scripts);
  expect(payload.entries.map(({ path, type, mode }) => `${type} ${path} ${mode.toString(8)}`)).toEqual([
    'file zero 644',
    'directory usr 755',
    'directory usr/bin 755',
    'file usr/bin/hello 4755',
    // A hard link has no mode of its own.
    'file usr/bin/hello2 4755',
    'symlink usr/bin/hi 777',
  ]);
});

test('the same recipe gives the same bytes', async () => {
  const makers = [
    async () => (await writeApkV2(recipe, [rsa], 'sha256')).bytes,
    () => writeApkV3(recipe, [ec, rsa]).bytes,
    () => writeIndexV3([writeApkV3(recipe, [ec])], 'x86_64', '', [ec]),
  ];
  for (const make of makers) expect(await make()).toEqual(await make());
});
