import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startFaultServer, type FaultServer, type Route } from '../../test/support/fault-server.ts';
import { openTestStore, type TestStore } from '../../test/support/test-store.ts';
import { hexOf, sha256 } from '../crypto/digest.ts';
import type { Context } from '../io/context.ts';
import type { KilopyError } from '../errors/kilopy-error.ts';
import type { KilopyEvent } from '../values/events.ts';
import { blobPath } from './folders.ts';
import { download, downloadAll, downloadBytes, type DownloadRequest } from './download.ts';
import { mapParallel } from '../io/parallel.ts';

const body = Buffer.alloc(700_000, 'kilopy ');
const other = Buffer.alloc(700_000, 'other! ');
let server: FaultServer;
let at: TestStore;

beforeEach(async () => {
  server = await startFaultServer();
  at = await openTestStore();
});

afterEach(async () => {
  await server.close();
  await at.remove();
});

function asking(path = '/file', fields: Partial<DownloadRequest> = {}): DownloadRequest {
  return { url: server.url + path, digest: sha256(body), sizeBytes: body.length, label: 'file 1.0', ...fields };
}

async function failure(work: Promise<unknown>): Promise<KilopyError> {
  return await work.then(
    () => expect.unreachable('should have failed'),
    (error: unknown) => error as KilopyError,
  );
}

const ok: Route = { kind: 'ok', body };

/** For the rows with a silence; the others must not find one where the machine is busy. */
function impatient(title: string): Context {
  return title.includes('silence') ? { ...at.ctx, limits: { ...at.ctx.limits, stallMs: 500 } } : at.ctx;
}

test.each<readonly [string, Route, number]>([
  ['at once', ok, 1],
  ['without a length', { kind: 'ok', body, chunked: true }, 1],
  ['in drips', { kind: 'drip', body, chunkBytes: 100_000, pauseMs: 5 }, 1],
  ['after a 500', { kind: 'sequence', routes: [{ kind: 'status', status: 500 }, ok] }, 2],
  ['after 429 and 503', { kind: 'sequence', routes: [429, 503].map(status) }, 3],
  ['after a connection that was closed', { kind: 'sequence', routes: [{ kind: 'cut', body, afterBytes: -1 }, ok] }, 2],
  ['after silence before the headers', { kind: 'sequence', routes: [{ kind: 'stall', body, afterBytes: -1 }, ok] }, 2],
  ['after silence in the middle', { kind: 'sequence', routes: [{ kind: 'stall', body, afterBytes: 9000 }, ok] }, 2],
  ['after a wrong answer of the mirror', { kind: 'sequence', routes: [{ kind: 'ok', body: other }, ok] }, 2],
  ['after a wrong length', { kind: 'sequence', routes: [{ kind: 'ok', body: 'short' }, ok] }, 2],
])('arrives %s', async (title, route, requests) => {
  server.routes.set('/file', finishing(route));
  const ref = await download(impatient(title), at.store, asking());
  expect(ref).toEqual({ digest: sha256(body), sizeBytes: body.length });
  expect(Buffer.from(await at.store.read(ref)).equals(body)).toBe(true);
  expect(server.count('/file')).toBe(requests);
  expect(await at.list()).toEqual([`blobs/sha256/${hexOf(ref.digest).slice(0, 2)}/${hexOf(ref.digest)}`]);
});

function status(code: number): Route {
  return { kind: 'status', status: code };
}

function finishing(route: Route): Route {
  return route.kind === 'sequence' ? { kind: 'sequence', routes: [...route.routes, ok] } : route;
}

test.each<readonly ['ignored' | 'misplaced', number]>([
  ['ignored', 1],
  ['misplaced', 2],
])('a resumption that is %s by the server is a new start', async (range, requests) => {
  await writeFile(join(at.store.root, 'partial', hexOf(sha256(body))), body.subarray(0, 9000));
  server.routes.set('/file', { kind: 'ok', body, range });
  await download(at.ctx, at.store, asking());
  expect(server.requests.map((request) => request.headers.range)[0]).toBe('bytes=9000-');
  expect(server.count('/file')).toBe(requests);
});

test('goes on where the connection broke, each time', async () => {
  const cut: Route = { kind: 'cut', body, afterBytes: 100_000 };
  server.routes.set('/file', { kind: 'sequence', routes: [cut, cut, cut, ok] });
  await download(at.ctx, at.store, asking());
  const ranges = server.requests.map((request) => Number(/\d+/u.exec(request.headers.range ?? '0')?.[0]));
  expect(ranges[0]).toBe(0);
  for (const [index, start] of ranges.entries()) expect(start).toBeLessThanOrEqual(index * 100_000);
  expect(ranges.at(-1)).toBeGreaterThan(0);
});

test('a line that breaks often but moves on is given more attempts than one that does not', async () => {
  const big = Buffer.alloc(3_000_000, 'big');
  server.routes.set('/file', { kind: 'cut', body: big, afterBytes: 400_000 });
  const ref = await download(at.ctx, at.store, asking('/file', { digest: sha256(big), sizeBytes: big.length }));
  expect(ref.sizeBytes).toBe(big.length);
  expect(server.count('/file')).toBeGreaterThan(at.ctx.limits.attempts);
});

test('the next run resumes what a run left behind, and starts anew where the remains are wrong', async () => {
  const partial = join(at.store.root, 'partial', hexOf(sha256(body)));
  server.routes.set('/file', ok);
  await writeFile(partial, body.subarray(0, 500_000));
  await download(at.ctx, at.store, asking());
  expect(server.requests.map((request) => request.headers.range)).toEqual(['bytes=500000-']);

  await at.store.clean({ unusedForMs: 0 });
  await writeFile(partial, Buffer.alloc(500_000, 'rubbish'));
  await download(at.ctx, at.store, asking());
  expect(server.requests.map((request) => request.headers.range)).toEqual([
    'bytes=500000-',
    'bytes=500000-',
    undefined,
  ]);

  await at.store.clean({ unusedForMs: 0 });
  await writeFile(partial, body);
  await download(at.ctx, at.store, asking());
  expect(server.requests).toHaveLength(3);
});

test.each<readonly [string, Route, string, number, number]>([
  ['404', status(404), 'KP6012', 4, 1],
  ['410', status(410), 'KP6012', 4, 1],
  ['403', status(403), 'KP6011', 4, 1],
  ['500 every time', status(500), 'KP6011', 4, 4],
  ['silence every time', { kind: 'stall', body, afterBytes: 100 }, 'KP6013', 4, 4],
  ['cut every time', { kind: 'cut', body, afterBytes: 100 }, 'KP6015', 4, 4],
  ['a redirect to itself', { kind: 'redirect', to: '/file' }, 'KP6014', 4, 1],
  ['a redirect to a file', { kind: 'redirect', to: 'file:///etc/passwd' }, 'KP6014', 4, 1],
  ['the wrong content every time', { kind: 'ok', body: other }, 'KP6020', 5, 2],
  ['the wrong length every time', { kind: 'ok', body: 'short' }, 'KP6021', 5, 2],
  ['too much, unannounced', { kind: 'ok', body: Buffer.alloc(900_000), chunked: true }, 'KP6017', 5, 2],
  ['a sign-in page', { kind: 'html' }, 'KP6022', 5, 2],
])('fails on %s', async (title, route, code, exitCode, requests) => {
  server.routes.set('/file', route);
  const error = await failure(download(impatient(title), at.store, asking()));
  expect([error.code, error.exitCode]).toEqual([code, exitCode]);
  expect(error.fix).toBeTruthy();
  expect(JSON.stringify(error.where)).toContain('127.0.0.1');
  expect(server.count('/file')).toBe(requests);
  expect((await at.list()).filter((path) => !path.startsWith('partial/'))).toEqual([]);
  expect((await at.store.info()).blobs.count).toBe(0);
});

test('a sign-in page of the right size is told apart by its type', async () => {
  const page = 'x'.repeat(body.length);
  server.routes.set('/file', { kind: 'html', body: page });
  expect((await failure(download(at.ctx, at.store, asking()))).code).toBe('KP6022');
});

test('ten redirects are followed, and not one more', async () => {
  for (let hop = 0; hop < 12; hop += 1)
    server.routes.set(`/${String(hop)}`, { kind: 'redirect', to: `/${String(hop + 1)}` });
  server.routes.set('/12', ok);
  await download(at.ctx, at.store, asking('/2'));
  await at.store.clean({ unusedForMs: 0 });
  expect((await failure(download(at.ctx, at.store, asking('/1')))).code).toBe('KP6014');
});

test('nobody there', async () => {
  await server.close();
  const error = await failure(download(at.ctx, at.store, asking()));
  expect([error.code, error.exitCode]).toEqual(['KP6010', 4]);
});

test('a name that does not resolve is not asked for again and again', async () => {
  const error = await failure(download(at.ctx, at.store, asking('', { url: 'http://kilopy.invalid/x' })));
  expect(error.code).toBe('KP6010');
  expect(at.events.filter((event) => event.type === 'download.retried').length).toBeLessThan(4);
});

test('what is in the store is not fetched; a damaged blob is, and is reported', async () => {
  server.routes.set('/file', ok);
  const ref = await download(at.ctx, at.store, asking());
  await download(at.ctx, at.store, asking());
  expect(server.count('/file')).toBe(1);
  expect(at.events.at(-1)).toMatchObject({ type: 'download.finished', fromCache: true });

  await writeFile(blobPath(at.store.root, ref.digest), Buffer.concat([body.subarray(1), Buffer.from('!')]));
  expect(Buffer.from(await downloadBytes(at.ctx, at.store, asking())).equals(body)).toBe(true);
  expect(server.count('/file')).toBe(2);
  expect(at.events.filter((event) => event.type === 'store.refetched')).toHaveLength(1);
});

test('progress is told in between', async () => {
  server.routes.set('/file', ok);
  await download(at.ctx, at.store, asking());
  const types = new Set(at.events.map((event) => event.type));
  expect([...types]).toEqual(['download.started', 'download.progress', 'download.finished']);
});

test('a password in the URL is sent and never shown', async () => {
  server.routes.set('/file', { kind: 'sequence', routes: [status(500), status(403)] });
  const url = asking().url.replace('http://', 'http://me:secret@');
  const error = await failure(download(at.ctx, at.store, { ...asking(), url }));
  const basic = `Basic ${Buffer.from('me:secret').toString('base64')}`;
  expect(server.requests.map((request) => request.headers.authorization)).toEqual([basic, basic]);
  expect(JSON.stringify([at.events, error, error.message, error.where, error.why])).not.toContain('secret');
});

test('offline: all that is missing is named at once, and nothing is asked for', async () => {
  server.routes.set('/file', ok);
  await download(at.ctx, at.store, asking());
  const offline = await at.reopen({ offline: true });
  const missing = ['a', 'b'].map((name) => ({ ...asking(`/${name}`), digest: sha256(name), label: name }));
  const error = await failure(downloadAll(at.ctx, offline, [asking(), ...missing]));
  expect([error.code, error.exitCode]).toEqual(['KP6016', 4]);
  expect(error.why).toBe('not in the store: a, b');
  expect(await downloadAll(at.ctx, offline, [asking()])).toHaveLength(1);
  expect(server.requests).toHaveLength(1);
});

test('an interruption ends it, and what has arrived is kept', async () => {
  const stop = new AbortController();
  server.routes.set('/file', { kind: 'stall', body, afterBytes: 300_000 });
  const emit = (event: KilopyEvent): void => {
    if (event.type === 'download.progress') stop.abort();
  };
  const ctx = { ...at.ctx, signal: stop.signal, emit };
  expect((await failure(download(ctx, at.store, asking()))).code).toBe('KP1002');
  expect(await at.list()).toEqual([`partial/${hexOf(sha256(body))}`]);
  expect((await at.store.info()).partial.sizeBytes).toBeGreaterThan(100_000);
});

test('two calls for one file fetch it once', async () => {
  server.routes.set('/file', ok);
  const refs = await Promise.all([1, 2, 3].map(() => download(at.ctx, at.store, asking())));
  expect(new Set(refs.map((ref) => ref.digest)).size).toBe(1);
  expect(server.count('/file')).toBe(1);
});

test('mapParallel keeps the order and the limit, and stops at the first failure', async () => {
  let running = 0;
  let most = 0;
  const work = async (item: number): Promise<number> => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => void setTimeout(resolve, item % 3));
    running -= 1;
    if (item === 13) throw new Error('thirteen');
    return item * 2;
  };
  const items = Array.from({ length: 12 }, (_, index) => index);
  expect(await mapParallel(items, 3, work)).toEqual(items.map((item) => item * 2));
  expect(most).toBe(3);
  let begun = 0;
  const many = [13, ...Array.from({ length: 100 }, () => 1)];
  await expect(mapParallel(many, 2, (item) => ((begun += 1), work(item)))).rejects.toThrow('thirteen');
  expect(begun).toBeLessThan(10);
  expect(running).toBe(0);
});
