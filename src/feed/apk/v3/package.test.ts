import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { memoryStore, once } from '../../../../test/support/apk-v3-facts.ts';
import { schemas } from '../../../codec/adb/adb-format.ts';
import { writeAdb, type AdbDataInput } from '../../../codec/adb/write-adb.ts';
import { writeDatabase, type AdbInput } from '../../../codec/adb/write-database.ts';
import { defaultLimits } from '../../../io/limits.ts';
import type { PackagePayload } from '../../feed.ts';
import { readIndexV3 } from './index.ts';
import { indexPackagesV3 } from './index-packages.ts';
import { packagePlace } from './package-place.ts';
import { unpackApkV3 } from './package.ts';

const trust = { untrustedBecause: 'a test' };
const content = Buffer.from('content');
const hash = createHash('sha256').update(content).digest();
const acl = { fields: { 1: 0o755, 2: 'root', 3: 'root' } };

interface Draft {
  readonly info?: AdbInput;
  readonly folders?: readonly AdbInput[];
  readonly data?: readonly AdbDataInput[];
}

function folder(name: string, files: readonly AdbInput[] = []): AdbInput {
  return { fields: { 1: name, 2: acl, 3: { array: files } } };
}

function file(name: string, more: Readonly<Record<number, AdbInput>> = { 3: content.length, 5: hash }): AdbInput {
  return { fields: { 1: name, 2: acl, 4: 1, ...more } };
}

function link(mode: number, target: string): Record<number, AdbInput> {
  return { 6: Buffer.concat([Buffer.of(mode & 0xff, mode >> 8), Buffer.from(target)]) };
}

const first: AdbDataInput = { pathIndex: 1, fileIndex: 1, content };

function apk({
  info = { fields: { 1: 'x', 2: '1' } },
  folders = [folder('a', [file('f')])],
  data = [first],
}: Draft): Buffer {
  const { bytes } = writeDatabase({ fields: { 1: info, 2: { array: folders } } });
  return Buffer.from(writeAdb({ schema: schemas.package, database: bytes, signatures: [], data }, 'none'));
}

async function unpack(bytes: Uint8Array, limits = defaultLimits): Promise<PackagePayload> {
  return await unpackApkV3(memoryStore(), once(bytes), { trust, limits }, 'x.apk');
}

test('files, empty files, links, devices and their owners', async () => {
  const device = Buffer.alloc(10);
  device.writeUInt16LE(0o020000, 0);
  device.writeBigUInt64LE((0x12n << 44n) | (0x103n << 8n) | 0x45n | (0x6n << 20n), 2);
  const empty = createHash('sha1').update('').digest();
  const { entries } = await unpack(
    apk({
      folders: [
        folder('', [file('root')]),
        folder('a', [file('device', { 6: device }), file('empty', { 5: empty }), file('hard', link(0o100000, 'root'))]),
      ],
    }),
  );
  expect(entries.map(({ path, type }) => `${type} ${path}`)).toEqual([
    'file root',
    'directory a',
    'device a/device',
    'file a/empty',
    'file a/hard',
  ]);
  expect(entries[2]).toMatchObject({ device: 'char', major: 0x12103, minor: 0x645 });
  expect(entries[4]).toEqual({ ...entries[0], path: 'a/hard' });
});

test.each<readonly [what: string, code: string, draft: Draft]>([
  ['no name', 'KP5252', { info: { fields: { 2: '1' } } }],
  ['no version', 'KP5252', { info: { fields: { 1: 'x' } } }],
  ['a folder outside', 'KP7001', { folders: [folder('../a')], data: [] }],
  ['an absolute folder', 'KP7001', { folders: [folder('/a')], data: [] }],
  ['a file called ..', 'KP7001', { folders: [folder('a', [file('..')])] }],
  ['a file with a slash', 'KP5252', { folders: [folder('a', [file('b/c')])] }],
  ['a file without name', 'KP5252', { folders: [folder('a', [file('')])] }],
  ['the same path twice', 'KP5252', { folders: [folder('a', [file('f'), file('f')])] }],
  ['a file where a folder is', 'KP5252', { folders: [folder('a'), folder('', [file('a')])] }],
  ['no checksum', 'KP5252', { folders: [folder('a', [file('f', { 3: 7 })])] }],
  ['a checksum of unknown length', 'KP5252', { folders: [folder('a', [file('f', { 3: 7, 5: 'short' })])] }],
  ['another checksum', 'KP5005', { folders: [folder('a', [file('f', { 3: 7, 5: Buffer.alloc(32, 1) })])] }],
  ['another checksum of an empty file', 'KP5005', { folders: [folder('a', [file('f', { 5: hash })])], data: [] }],
  ['a content that is missing', 'KP5252', { data: [] }],
  ['a content too much', 'KP5252', { data: [first, { ...first, fileIndex: 2 }] }],
  ['a content for another file', 'KP5252', { data: [{ ...first, pathIndex: 2 }] }],
  ['a content of another size', 'KP5252', { data: [{ ...first, content: Buffer.from('longer content') }] }],
  ['a hard link to nothing', 'KP5252', { folders: [folder('a', [file('f', link(0o100000, 'a/g'))])], data: [] }],
  ['a hard link outside', 'KP7001', { folders: [folder('a', [file('f', link(0o100000, '../g'))])], data: [] }],
  ['a link to itself', 'KP5252', { folders: [folder('a', [file('f', link(0o100000, 'a/f'))])], data: [] }],
  ['a link without target', 'KP5252', { folders: [folder('a', [file('f', link(0o120000, ''))])], data: [] }],
  ['an unknown kind', 'KP5252', { folders: [folder('a', [file('f', link(0o140000, 'x'))])], data: [] }],
  ['a device of another length', 'KP5252', { folders: [folder('a', [file('f', link(0o020000, 'x'))])], data: [] }],
  ['a size of 3 GiB', 'KP4003', { folders: [folder('a', [file('f', { 3: 3 * 2 ** 30, 5: hash })])], data: [] }],
  ['a size over 2^53', 'KP4001', { folders: [folder('a', [file('f', { 3: 2n ** 60n, 5: hash })])], data: [] }],
])('%s is %s', async (_, code, draft) => {
  await expect(unpack(apk(draft))).rejects.toMatchObject({ code });
});

async function limited(limits: Partial<typeof defaultLimits>): Promise<PackagePayload> {
  return await unpack(apk({}), { ...defaultLimits, ...limits });
}

test('limits hold: files, entries, everything', async () => {
  for (const limits of [{ fileBytes: 6 }, { entries: 1 }, { packageBytes: 100 }, { indexBytes: 50 }]) {
    await expect(limited(limits)).rejects.toMatchObject({ code: 'KP4003' });
  }
  await expect(limited({ fileBytes: 7, entries: 2 })).resolves.toMatchObject({ conffiles: [] });
});

test('a database that names one list again and again ends', async () => {
  const bytes = Buffer.alloc(8 + 4 * 60_001);
  bytes.writeUInt32LE(0xe0000000 + 8, 4);
  // An array of itself: every folder has all folders as its files.
  bytes.writeUInt32LE(60_001, 8);
  for (let index = 1; index < 60_001; index += 1) bytes.writeUInt32LE(0xe0000000 + 8, 8 + 4 * index);
  const endless = writeAdb({ schema: schemas.package, database: bytes, signatures: [] }, 'none');
  await expect(unpack(endless)).rejects.toMatchObject({ code: expect.stringMatching(/^KP(?:4001|4003|5252)$/u) });
});

test('an index is no package, and a package no index', async () => {
  const { bytes: database } = writeDatabase({ fields: { 2: { array: [] } } });
  const index = writeAdb({ schema: schemas.index, database, signatures: [] });
  await expect(unpack(index)).rejects.toMatchObject({ code: 'KP5252' });
  await expect(readIndexV3(apk({}), trust, defaultLimits, 'x.adb')).rejects.toMatchObject({ code: 'KP5252' });
});

test('packages are where the rule of the index says', async () => {
  const info = { fields: { 1: 'hello', 2: '1.0', 3: hash, 5: 'x86_64' } };
  const named = { folder: 'https://h/x', where: 'https://h/x/packages.adb' };
  const layout = { folder: 'https://h/r/x86_64', repository: 'https://h/r', where: 'https://h/r/x86_64/Packages.adb' };
  const place = async (spec: string | undefined, origin: typeof named): Promise<string> => {
    const { bytes: database } = writeDatabase({ fields: { 2: { array: [info] }, 3: spec } });
    const bytes = writeAdb({ schema: schemas.index, database, signatures: [] });
    const { packages, nameSpec } = await readIndexV3(bytes, trust, defaultLimits, 'x.adb');
    const found = packagePlace(nameSpec, packages[0]!, origin);
    return `${found.folder}  ${found.path}`;
  };
  /* oxlint-disable no-template-curly-in-string -- apk's own syntax */
  // apk-tools 3.0.6, `apk fetch --url --simulate` on the same index.
  expect(await place(undefined, named)).toBe('https://h/x  hello-1.0.apk');
  expect(await place(undefined, layout)).toBe('https://h/r/x86_64  hello-1.0.apk');
  expect(await place('${arch}/${name:3}/${name}-${version}.apk', named)).toBe('https://h/x  x86_64/hel/hello-1.0.apk');
  expect(await place('${name:1}/${name}-${version}.apk', layout)).toBe('https://h/r  h/hello-1.0.apk');
  expect(await place('${name}-${hash:8}.apk', named)).toBe(
    `https://h/x  hello-${Buffer.from(hash).toString('hex', 0, 4)}.apk`,
  );
  expect(await place('https://o/${arch}/${name}.apk', layout)).toBe('https://o/x86_64  hello.apk');
  await expect(place('${unknown}', named)).rejects.toMatchObject({ code: 'KP5252' });
  await expect(place('file:///etc/${name}', named)).rejects.toMatchObject({ code: 'KP5252' });
  /* oxlint-enable no-template-curly-in-string */
});

test('a package without a hash is none, as for apk', async () => {
  const fields = { 1: 'hello', 2: '1.0', 5: 'x86_64' };
  const items = [{ fields }, { fields: { ...fields, 3: hash } }, { fields: { ...fields, 3: hash.subarray(0, 16) } }];
  const { bytes: database } = writeDatabase({ fields: { 2: { array: items } } });
  const bytes = writeAdb({ schema: schemas.index, database, signatures: [] });
  const index = await readIndexV3(bytes, trust, defaultLimits, 'x.adb');
  const origin = { feed: 'x', folder: '', where: 'x.adb', architecture: 'x86_64', maxPackages: 3 };
  expect(index.packages).toHaveLength(3);
  expect(indexPackagesV3(index, origin)).toHaveLength(1);
});
