import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { directory, file, packageOrigin } from '../../test/support/nodes.ts';
import type { Node, Tree } from '../tree/node.ts';
import { createContentMeter } from './content-meter.ts';
import { findPackages, packageOwners } from './installed-packages.ts';
import { ownerInImage, ownerOfOrigin } from './size-owner.ts';
import { sizeReport } from './size-report.ts';

function treeOf(...nodes: readonly Node[]): Tree {
  return new Map(nodes.map((node) => [node.path, node]));
}

async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const libc = packageOrigin('libc6', '2.41');
const app = { kind: 'app', file: 'main.py' } as const;
const inode = { inode: 'i' };
const nodes = treeOf(
  directory('usr', libc),
  { ...file('usr/a', 'aaaa', libc), ...inode },
  { ...file('usr/b', 'aaaa', libc), ...inode },
  file('usr/c', 'cc', libc),
);
const own = treeOf(file('app/main.py', 'print', app));
const deflated = new Map(
  [...nodes.values(), ...own.values()].flatMap((node) =>
    node.type === 'file' ? [[node.content.digest, node.content.sizeBytes * 10] as const] : [],
  ),
);

test('files and owners, biggest first; the compressed column adds up to the layers', () => {
  const report = sizeReport(
    [
      { name: 'runtime', rawBytes: 4096, sizeBytes: 1001, nodes },
      { name: 'app', rawBytes: 2048, sizeBytes: 77, nodes: own },
    ],
    deflated,
    (_, origin) => ownerOfOrigin(origin),
  );
  expect(report.files.map(({ path, sizeBytes, wireBytes }) => [path, sizeBytes, wireBytes])).toEqual([
    ['app/main.py', 5, 77],
    ['usr/a', 4, 667],
    ['usr/c', 2, 334],
  ]);
  expect(report.owners.map(({ name, files, sizeBytes, wireBytes }) => [name, files, sizeBytes, wireBytes])).toEqual([
    ['libc6', 2, 6, 1001],
    ['app', 1, 5, 77],
  ]);
  expect(report.total).toEqual({ files: 3, sizeBytes: 11, wireBytes: 1078 });
});

test('what later layers hide is on the wire and belongs to nobody', () => {
  const hidden = { rawBytes: 100, deflatedBytes: 60 };
  const report = sizeReport([{ name: 'l', rawBytes: 9, sizeBytes: 120, nodes, hidden }], deflated, (_, origin) =>
    ownerOfOrigin(origin),
  );
  expect(report.owners.map(({ kind, wireBytes }) => [kind, wireBytes])).toEqual([
    ['hidden', 60],
    ['package', 60],
  ]);
  expect(report.total).toEqual({ files: 2, sizeBytes: 6, wireBytes: 120 });
  expect(report.files.some(({ path }) => path === '')).toBe(false);
});

test('nothing compressed, nothing said', () => {
  const report = sizeReport([{ name: 'l', rawBytes: 9, sizeBytes: undefined, nodes }], deflated, (_, origin) =>
    ownerOfOrigin(origin),
  );
  expect(report.total.wireBytes).toBeUndefined();
});

test.each([1, 1000, 70_000])('the meter gives digests and deflate sizes, in chunks of %i', async (size) => {
  const meter = createContentMeter({ keep: (path) => path === 'kept', deflateLevel: 9 });
  const [zeros, noise] = [Buffer.alloc(50_000), randomBytes(50_000)];
  const flat = await meter.putStream(chunked(zeros, size), 'kept', 'one');
  const rough = await meter.putStream(chunked(noise, size), 'other', 'one');
  expect(meter.deflatedBytes.get(flat.digest)).toBeLessThan(200);
  expect(meter.deflatedBytes.get(rough.digest)).toBeGreaterThan(49_000);
  expect([...meter.kept]).toEqual([['kept', zeros]]);
  expect(meter.layers.get('one')?.rawBytes).toBe(100_000);
});

test('of large contents a part stands for the whole', async () => {
  const meter = createContentMeter({ keep: () => false, deflateLevel: 1 });
  const noise = randomBytes(2 ** 20);
  async function* many(): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 96; i += 1) yield noise;
  }
  const { digest, sizeBytes } = await meter.putStream(many(), 'big', 'l');
  expect((meter.deflatedBytes.get(digest) ?? 0) / sizeBytes).toBeCloseTo(1, 1);
});

const dpkg = `Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nInstalled-Size: 12\nVersion: 2.41\n
Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n`;
const apk = 'C:Q1x\nP:musl\nV:1.2.5-r0\nA:x86_64\nI:4096\nF:lib\nR:ld-musl-x86_64.so.1\na:0:0:755\n\n';

test('owners from the databases of dpkg, apk and opkg', () => {
  const contents = Object.entries({
    'var/lib/dpkg/status': dpkg,
    'var/lib/dpkg/info/libc6:amd64.list': '/.\n/lib\n/lib/libc.so.6\n',
    'var/lib/dpkg/status.d/tzdata': 'Package: tzdata\nVersion: 2025\n',
    'var/lib/dpkg/status.d/tzdata.md5sums': `${'0'.repeat(32)}  usr/share/zoneinfo/UTC\n`,
    'lib/apk/db/installed': apk,
    'usr/lib/opkg/status': 'Package: uci\nVersion: 1-2\nStatus: install user installed\nArchitecture: mips\n',
    'usr/lib/opkg/info/uci.list': '/sbin/uci\t0755\n',
  }).map(([path, text]) => [path, Buffer.from(text)] as const);
  const packages = findPackages(new Map(contents), 'x.tar');
  expect(
    packages.map(({ name, version, manager, installedBytes }) => [name, version, manager, installedBytes]),
  ).toEqual([
    ['libc6', '2.41', 'dpkg', 12_288],
    ['musl', '1.2.5-r0', 'apk', 4096],
    ['tzdata', '2025', 'dpkg', undefined],
    ['uci', '1-2', 'opkg', undefined],
  ]);
  const ownerOf = ownerInImage(packageOwners(packages));
  const origin = { kind: 'image', reference: 'x', layer: `sha256:${'ab'.repeat(32)}` } as const;
  expect(
    ['usr/lib/libc.so.6', 'lib/ld-musl-x86_64.so.1', 'usr/share/zoneinfo/UTC', 'sbin/uci', 'etc/x'].map(
      (path) => ownerOf(path, origin).name,
    ),
  ).toEqual(['libc6', 'musl', 'tzdata', 'uci', 'layer abababababab']);
});

test.each(['P:musl\nthis is no field\n', 'P'])('an apk database with the line %j is refused', (text) => {
  const contents = new Map([['lib/apk/db/installed', Buffer.from(text)]]);
  expect(() => findPackages(contents, 'x')).toThrow(expect.objectContaining({ code: 'KP4004' }));
});
