import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTestStore, type TestStore } from '../../test/support/test-store.ts';
import { hexOf, sha256 } from '../crypto/digest.ts';
import type { KilopyError } from '../errors/kilopy-error.ts';
import type { BlobRef } from '../values/blob.ts';
import { blobPath, derivedPath, lockPath } from './folders.ts';
import { formatMark, ownMark, parseMark, stateOf } from '../io/process-mark.ts';
import { openStore } from './store.ts';
import { storeError } from './store-error.ts';
import { storePath } from './store-path.ts';

const text = Buffer.from('what is kept');
let at: TestStore;

beforeEach(async () => {
  at = await openTestStore();
});

afterEach(async () => {
  await at.remove();
});

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

async function* pieces(bytes: Uint8Array, sizeBytes: number): AsyncIterable<Uint8Array> {
  for (let start = 0; start < bytes.length; start += sizeBytes) yield bytes.subarray(start, start + sizeBytes);
}

test.each([
  [{ KILOPY_CACHE: '/c', XDG_CACHE_HOME: '/x', HOME: '/h' }, '/c'],
  [{ KILOPY_CACHE: 'c', HOME: '/h' }, '/cwd/c'],
  [{ KILOPY_CACHE: '', XDG_CACHE_HOME: '/x', HOME: '/h' }, '/x/kilopy'],
  [{ XDG_CACHE_HOME: 'x', HOME: '/h' }, '/h/.cache/kilopy'],
  [{ HOME: '/h' }, '/h/.cache/kilopy'],
])('with %j the store is %s', (env, path) => {
  expect(storePath({ env, cwd: '/cwd' })).toBe(path);
});

test.each([0, 1, 2 ** 20 - 1, 2 ** 20, 3 * 2 ** 20 + 5])('%d bytes go in and come out', async (sizeBytes) => {
  const bytes = Buffer.alloc(sizeBytes, 'kilopy');
  const ref: BlobRef = { digest: sha256(bytes), sizeBytes };
  expect(await at.store.has(ref.digest)).toBe(false);
  expect(await at.store.put(bytes)).toEqual(ref);
  expect(await at.store.putStream(pieces(bytes, 100_000))).toEqual(ref);
  expect(await at.store.has(ref.digest)).toBe(true);
  expect((await at.store.read(ref)).length).toBe(sizeBytes);
  expect((await collect(at.store.open(ref))).equals(bytes)).toBe(true);
  expect(await at.list()).toHaveLength(1);
});

test('many small files at once', async () => {
  const files = Array.from({ length: 300 }, (_, index) => Buffer.from(`file ${String(index % 250)}`));
  const refs = await at.store.putMany(files);
  expect(refs.map((ref) => ref.digest)).toEqual(files.map((file) => sha256(file)));
  expect(await at.list()).toHaveLength(250);
});

async function* failing(): AsyncIterable<Uint8Array> {
  yield text;
  throw new Error('the source broke');
}

test('a stream that fails leaves nothing', async () => {
  await expect(at.store.putStream(failing())).rejects.toThrow('the source broke');
  expect(await at.list()).toEqual([]);
});

test('what is not there is KP6003', async () => {
  const ref = { digest: sha256('absent'), sizeBytes: 6 };
  await expect(at.store.read(ref)).rejects.toMatchObject({ code: 'KP6003', exitCode: 5 });
  await expect(collect(at.store.open(ref))).rejects.toMatchObject({ code: 'KP6003' });
  expect(await at.store.check(ref)).toBe(false);
});

const big = Buffer.alloc(2_500_000, 'big');
const damages: readonly (readonly [string, (path: string) => Promise<void>])[] = [
  ['a flipped bit', async (path) => await flip(path, 1_200_000)],
  ['a flipped last bit', async (path) => await flip(path, big.length - 1)],
  ['a cut', async (path) => await truncate(path, 2_000_000)],
  ['a power cut', async (path) => await truncate(path, 0)],
];

async function flip(path: string, offset: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[offset]! ^= 1;
  await writeFile(path, bytes);
}

test.each(damages)('%s is found by read, open and check; the blob is removed and reported', async (_, damage) => {
  const found: unknown[] = [];
  const { store } = at;
  const looks = [
    (ref: BlobRef) => store.read(ref),
    (ref: BlobRef) => collect(store.open(ref)),
    (ref: BlobRef) => store.check(ref),
  ];
  for (const look of looks) {
    const ref = await at.store.put(big);
    await damage(blobPath(at.store.root, ref.digest));
    found.push(await look(ref).catch((error: unknown) => (error as KilopyError).code));
    expect(await at.store.has(ref.digest)).toBe(false);
  }
  expect(found).toEqual(['KP6002', 'KP6002', false]);
  expect(at.events.map((event) => event.type)).toEqual(Array.from({ length: 3 }, () => 'store.refetched'));
});

test('the last piece of a damaged blob is never given', async () => {
  const ref = await at.store.put(big);
  await flip(blobPath(at.store.root, ref.digest), 5);
  let given = 0;
  const reading = (async () => {
    for await (const chunk of at.store.open(ref)) given += chunk.length;
  })();
  await expect(reading).rejects.toMatchObject({ code: 'KP6002' });
  expect(given).toBeLessThan(big.length);
});

test('a reference with a wrong size is refused and the blob stays', async () => {
  const ref = await at.store.put(text);
  await expect(at.store.read({ ...ref, sizeBytes: 1 })).rejects.toMatchObject({ code: 'KP6002' });
  expect(await at.store.has(ref.digest)).toBe(true);
});

test('derived data is recalled by kind and key', async () => {
  await at.store.remember('index-1', 'a', text);
  await at.store.remember('index-1', 'b', Buffer.from('b'));
  await at.store.remember('index-1', 'b', Buffer.from('newer'));
  expect(Buffer.from((await at.store.recall('index-1', 'a')) ?? [])).toEqual(text);
  expect(Buffer.from((await at.store.recall('index-1', 'b')) ?? []).toString()).toBe('newer');
  expect(await at.store.recall('index-2', 'a')).toBeUndefined();
  expect(await at.store.recall('index-1', 'c')).toBeUndefined();
});

test('every damage to derived data makes it absent', async () => {
  await at.store.remember('index-1', 'a', text);
  const path = derivedPath(at.store.root, 'index-1', 'a');
  const reference = readFileSync(path);
  for (let offset = 0; offset < reference.length; offset += 1) {
    await flip(path, offset);
    expect(await at.store.recall('index-1', 'a')).toBeUndefined();
    await writeFile(path, reference.subarray(0, offset));
    expect(await at.store.recall('index-1', 'a')).toBeUndefined();
    await writeFile(path, reference);
  }
  expect(await at.store.recall('index-1', 'a')).toBeDefined();
  // A reference in the place of another key.
  const elsewhere = derivedPath(at.store.root, 'index-1', 'b');
  await mkdir(dirname(elsewhere), { recursive: true });
  await writeFile(elsewhere, reference);
  expect(await at.store.recall('index-1', 'b')).toBeUndefined();

  await flip(blobPath(at.store.root, sha256(text)), 0);
  expect(await at.store.recall('index-1', 'a')).toBeUndefined();
  expect(await at.list()).toEqual([]);
});

test('a password in a key is not written down', async () => {
  const key = 'http://user:s3cret@mirror/debian/InRelease';
  await at.store.remember('index-1', key, text);
  expect(readFileSync(derivedPath(at.store.root, 'index-1', key), 'utf8')).not.toContain('s3cret');
  expect(await at.store.recall('index-1', key)).toEqual(text);
});

test('info counts, and clean removes what was not used lately with the references to it', async () => {
  await at.store.remember('index-1', 'a', text);
  const kept = await at.store.put(Buffer.from('kept'));
  await writeFile(join(at.store.root, 'partial', hexOf(sha256('p'))), 'abc');
  const { blobs, derived, partial } = await at.store.info();
  expect({ blobs, derived, partial }).toEqual({
    blobs: { count: 2, sizeBytes: text.length + 4 },
    derived: { count: 1 },
    partial: { count: 1, sizeBytes: 3 },
  });
  await utimes(blobPath(at.store.root, sha256(text)), 1000, 1000);
  expect(await at.store.clean({ dryRun: true })).toMatchObject({ removedFiles: 2 });
  expect(await at.list()).toHaveLength(4);
  expect(await at.store.clean()).toMatchObject({ removedFiles: 2 });
  expect(await at.store.read(kept)).toBeDefined();
  await at.store.clean({ unusedForMs: 0 });
  expect(await at.list()).toEqual([]);
});

test('use is noted, so that clean keeps it', async () => {
  const ref = await at.store.put(text);
  const other = await at.store.put(Buffer.from('other'));
  for (const { digest } of [ref, other]) await utimes(blobPath(at.store.root, digest), 1000, 1000);
  const opened = await at.store.put(Buffer.from('opened'));
  await utimes(blobPath(at.store.root, opened.digest), 1000, 1000);
  await at.store.read(ref);
  await at.store.has(other.digest);
  await at.store.check(opened);
  expect(await at.store.clean()).toEqual({ removedFiles: 0, removedBytes: 0 });
});

test('files of dead processes are swept, those of living ones stay', async () => {
  const mark = ownMark();
  const names = {
    dead: formatMark({ ...mark, pid: 2 ** 22 + 1 }),
    reused: formatMark({ ...mark, start: '1' }),
    alive: formatMark(mark),
    foreign: formatMark({ ...mark, space: 'elsewhere.1' }),
    foreignOld: `${formatMark({ ...mark, space: 'elsewhere.2' })}-0`,
  };
  for (const name of Object.values(names)) await writeFile(join(at.store.root, 'tmp', name), 'x');
  await utimes(join(at.store.root, 'tmp', names.foreignOld), 1000, 1000);
  await at.reopen();
  expect(await at.list()).toEqual([names.alive, names.foreign].map((name) => `tmp/${name}`).sort());
});

test('marks of processes', () => {
  expect(stateOf(ownMark())).toBe('alive');
  expect(parseMark(formatMark(ownMark()))).toEqual(ownMark());
  expect(parseMark('rubbish')).toBeUndefined();
});

test('a lock lets one in at a time', async () => {
  let inside = 0;
  const order: number[] = [];
  await Promise.all(
    [1, 2, 3].map((turn) =>
      at.store.withLock('k', async () => {
        inside += 1;
        expect(inside).toBe(1);
        expect(await at.list()).toEqual([`locks/${hexOf(sha256('k'))}`]);
        await new Promise((resolve) => void setTimeout(resolve, 5));
        order.push(turn);
        inside -= 1;
      }),
    ),
  );
  expect(order).toEqual([1, 2, 3]);
  expect(await at.list()).toEqual([]);
});

test('a lock is given back when the work fails', async () => {
  await expect(at.store.withLock('k', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await at.store.withLock('k', async () => 1)).toBe(1);
});

test.each([
  ['a dead process', { pid: 2 ** 22 + 1 }, 0],
  ['a process whose number was used again', { start: '1' }, 0],
  ['another machine, long silent', { space: 'elsewhere.1' }, 200_000],
])('the lock of %s is taken over', async (_, change, silentMs) => {
  const path = lockPath(at.store.root, 'k');
  await writeFile(path, `${formatMark({ ...ownMark(), ...change })}\n`);
  const seconds = (Date.now() - silentMs) / 1000;
  await utimes(path, seconds, seconds);
  expect(await at.store.withLock('k', async () => 'mine')).toBe('mine');
});

test('the lock of a living process is waited for, with a note, until interrupted', async () => {
  const stop = new AbortController();
  let nowMs = 0;
  const ctx = { ...at.ctx, signal: stop.signal, clock: { now: () => (nowMs += 600) } };
  const store = await openStore(ctx, at.store.root);
  await writeFile(lockPath(at.store.root, 'k'), `${formatMark({ ...ownMark(), space: 'elsewhere.1' })}\n`);
  setTimeout(() => stop.abort(), 200);
  await expect(store.withLock('k', async () => 1)).rejects.toMatchObject({ code: 'KP1002' });
  expect(at.events.filter((event) => event.type === 'note')).toHaveLength(1);
});

test('a file in the place of the store, and a place where nothing can be created, are said plainly', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kilopy-refused-'));
  try {
    await writeFile(join(folder, 'file'), '');
    const inside = openStore(at.ctx, join(folder, 'file', 'store'));
    await expect(inside).rejects.toMatchObject({
      code: 'KP6001',
      exitCode: 2,
      why: 'a file is in the place of a folder',
    });
    await expect(openStore(at.ctx, '/proc/kilopy')).rejects.toMatchObject({ code: 'KP6001' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.each([
  ['EROFS', 'KP6001', 'the file system is read-only'],
  ['EACCES', 'KP6001', 'permission denied'],
  ['ENOSPC', 'KP6004', undefined],
  ['EDQUOT', 'KP6004', undefined],
])('%s is %s', (code, kilopyCode, why) => {
  const error = storeError(Object.assign(new Error(code), { code, path: '/s/tmp/x' }), '/s');
  expect(error).toMatchObject({ code: kilopyCode, why, where: '/s/tmp/x' });
});

test('a store whose folders vanish below it goes on', async () => {
  const ref = await at.store.put(text);
  await rm(dirname(blobPath(at.store.root, ref.digest)), { recursive: true });
  expect(await at.store.put(text)).toEqual(ref);
});
