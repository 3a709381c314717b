import { execFileSync } from 'node:child_process';
import { chmod, link, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { TarWriteEntry } from '../../codec/tar/write-tar.ts';
import { collect } from '../../../test/support/collect.ts';
import { makeAr, makeDeb, makeTar } from '../../../test/support/deb-file.ts';
import { openTestStore, type TestStore } from '../../../test/support/test-store.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { PackagePayload } from '../feed.ts';
import { unpackDeb } from './package.ts';

const control = { Package: 'tiny', Version: '1.0-1', Architecture: 'amd64', Maintainer: 'a <a@b>', Description: 'x' };
let testStore: TestStore;

beforeEach(async () => {
  testStore = await openTestStore();
});

afterEach(async () => {
  await testStore.remove();
});

async function unpack(deb: Uint8Array): Promise<PackagePayload> {
  const { ctx, store } = testStore;
  return await unpackDeb(ctx, store, await store.put(deb), 'tiny 1.0-1');
}

/** A package by dpkg-deb itself. */
async function build(compression: string): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'kilopy-deb-'));
  const root = join(folder, 'root');
  await mkdir(join(root, 'DEBIAN'), { recursive: true });
  await mkdir(join(root, 'usr/bin'), { recursive: true });
  await mkdir(join(root, 'etc'));
  await writeFile(
    join(root, 'DEBIAN/control'),
    Object.entries(control)
      .map(([name, value]) => `${name}: ${value}\n`)
      .join(''),
  );
  await writeFile(join(root, 'DEBIAN/conffiles'), '/etc/tiny.conf\n');
  await writeFile(join(root, 'DEBIAN/postinst'), '#!/bin/sh\n');
  await chmod(join(root, 'DEBIAN/postinst'), 0o755);
  await writeFile(join(root, 'etc/tiny.conf'), 'a=1\n');
  await writeFile(join(root, 'usr/bin/tiny'), Buffer.alloc(3_000_000, 'tiny'));
  await link(join(root, 'usr/bin/tiny'), join(root, 'usr/bin/tiny-again'));
  await symlink('../usr/bin/tiny', join(root, 'etc/link'));
  await writeFile(join(root, 'usr/bin/su'), 'root');
  await chmod(join(root, 'usr/bin/su'), 0o4755);
  const deb = join(folder, 'tiny.deb');
  execFileSync('dpkg-deb', ['--root-owner-group', `-Z${compression}`, '--build', root, deb], {
    env: { ...process.env, SOURCE_DATE_EPOCH: '1700000000' },
  });
  const bytes = execFileSync('cat', [deb], { maxBuffer: 2 ** 26 });
  await rm(folder, { recursive: true });
  return bytes;
}

test.each(['xz', 'gzip', 'zstd', 'none'])('a package by dpkg-deb -Z%s', async (compression) => {
  const deb = await build(compression);
  const payload = await unpack(deb);
  expect(payload.control.get('package')).toBe('tiny');
  expect(payload.conffiles).toEqual(['etc/tiny.conf']);
  expect([...payload.scripts]).toEqual([['postinst', '#!/bin/sh\n']]);
  const byPath = new Map(payload.entries.map((one) => [one.path, one]));
  expect([...byPath.keys()].sort()).toEqual([
    'etc',
    'etc/link',
    'etc/tiny.conf',
    'usr',
    'usr/bin',
    'usr/bin/su',
    'usr/bin/tiny',
    'usr/bin/tiny-again',
  ]);
  expect(byPath.get('etc/link')).toMatchObject({ type: 'symlink', target: '../usr/bin/tiny', uid: 0, gid: 0 });
  expect(byPath.get('usr/bin/su')).toMatchObject({ type: 'file', mode: 0o4755 });
  const [first, second] = [byPath.get('usr/bin/tiny'), byPath.get('usr/bin/tiny-again')];
  if (first?.type !== 'file' || second?.type !== 'file') throw new Error('not files');
  expect(first.inode).toBeDefined();
  expect(second).toEqual({ ...first, path: 'usr/bin/tiny-again' });
  expect((await collect(testStore.store.open(first.content))).equals(Buffer.alloc(3_000_000, 'tiny'))).toBe(true);
  expect(first.mtimeSeconds).toBeLessThanOrEqual(1_700_000_000);
});

test('what was unpacked once is remembered, as long as its files are there', async () => {
  const deb = await makeDeb(control, [
    { ...entry('./a'), sizeBytes: 1, body: Buffer.from('a'), xattrs: new Map([['user.x', Buffer.of(0, 255)]]) },
  ]);
  const { ctx, store } = testStore;
  const first = await unpack(deb);
  const ref = await store.put(deb);
  let reads = 0;
  const counted = { ...store, read: (one: typeof ref) => ((reads += 1), store.read(one)) };
  expect(await unpackDeb(ctx, counted, ref, 'tiny')).toEqual(first);
  expect(reads).toBe(0);
  await rm(join(store.root, 'blobs'), { recursive: true });
  await mkdir(join(store.root, 'blobs/sha256'), { recursive: true });
  await store.put(deb);
  expect(await unpackDeb(ctx, counted, ref, 'tiny')).toEqual(first);
  expect(reads).toBe(1);
});

function entry(path: string, more: Partial<TarWriteEntry> = {}): TarWriteEntry {
  return { type: 'file', path, mode: 0o644, uid: 0, gid: 0, mtimeSeconds: 0, ...more };
}

test.each([
  ['..', entry('./usr/../../etc/passwd')],
  ['an absolute path', entry('/etc/passwd')],
  ['a hard link out of it', entry('./a', { type: 'hardlink', linkTarget: '../../etc/passwd' })],
  ['a hard link to nothing', entry('./a', { type: 'hardlink', linkTarget: './b' })],
])('refuses %s', async (_, bad) => {
  await expect(unpack(await makeDeb(control, [bad]))).rejects.toThrow(expect.objectContaining({ code: 'KP5061' }));
});

test('devices and fifos are told as they are', async () => {
  const { entries } = await unpack(
    await makeDeb(control, [
      entry('./dev/null', { type: 'char', major: 1, minor: 3, mode: 0o666 }),
      entry('./run/pipe', { type: 'fifo' }),
    ]),
  );
  expect(entries).toMatchObject([
    { type: 'device', device: 'char', path: 'dev/null', major: 1, minor: 3, mode: 0o666 },
    { type: 'device', device: 'fifo', path: 'run/pipe' },
  ]);
});

test.each<[string, () => Promise<Uint8Array>]>([
  ['an empty file', async () => new Uint8Array(0)],
  ['another archive', async () => makeTar({ a: 'b' })],
  ['another format', async () => makeAr([['debian-binary', Buffer.from('3.0\n')]])],
  [
    'a member too few',
    async () =>
      makeAr([
        ['debian-binary', Buffer.from('2.0\n')],
        ['control.tar', await makeTar({ control: 'Package: a\n' })],
      ]),
  ],
  [
    'members in another order',
    async () =>
      makeAr([
        ['debian-binary', Buffer.from('2.0\n')],
        ['data.tar', await makeTar({})],
        ['control.tar', await makeTar({})],
      ]),
  ],
  [
    'an unknown compression',
    async () =>
      makeAr([
        ['debian-binary', Buffer.from('2.0\n')],
        ['control.tar.lz4', Buffer.alloc(4)],
      ]),
  ],
  [
    'no control file',
    async () =>
      makeAr([
        ['debian-binary', Buffer.from('2.0\n')],
        ['control.tar', await makeTar({})],
        ['data.tar', await makeTar({})],
      ]),
  ],
])('refuses %s', async (_, make) => {
  await expect(unpack(await make())).rejects.toThrow(
    expect.objectContaining({ code: expect.stringMatching(/^KP(?:5060|4001)$/u) as string }),
  );
});

test('members that start with an underscore are passed over', async () => {
  const deb = makeAr([
    ['debian-binary', Buffer.from('2.1\nmore')],
    ['_gpgorigin', Buffer.from('x')],
    ['control.tar', await makeTar({ control: 'Package: a\n' })],
    ['_more', Buffer.from('x')],
    ['data.tar', await makeTar({ a: 'b' })],
  ]);
  expect((await unpack(deb)).entries).toMatchObject([{ path: 'a', type: 'file' }]);
});

test('a package that unpacks to more than the limit is refused', async () => {
  const deb = await build('xz');
  const { store, ctx } = testStore;
  const small = { ...ctx, limits: { ...ctx.limits, packageBytes: 1_000_000 } };
  await expect(unpackDeb(small, store, await store.put(deb), 'tiny')).rejects.toThrow(
    expect.objectContaining({ code: 'KP4003' }),
  );
});

test('cut short or with a byte changed, it is an error or the same, and never a crash', async () => {
  const deb = await makeDeb(control, { 'usr/bin/tiny': 'tiny\n', 'usr/share/doc/tiny/copyright': 'free' });
  const expected = await unpack(deb);
  const { ctx, store } = testStore;
  let refused = 0;
  for (let turn = 0; turn < 200; turn += 1) {
    const at = (turn * 7919) % deb.length;
    const changed = turn % 2 === 0 ? deb.slice(0, at) : deb.with(at, (deb[at] ?? 0) ^ (1 << (turn % 8)));
    try {
      const payload = await unpackDeb(ctx, store, await store.put(changed), 'tiny');
      expect(payload.entries.every(({ path }) => !path.split('/').includes('..'))).toBe(true);
    } catch (error) {
      if (!(error instanceof KilopyError)) throw error;
      refused += 1;
    }
  }
  expect(refused).toBeGreaterThan(120);
  expect(await unpack(deb)).toEqual(expected);
});
