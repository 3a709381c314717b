import { afterEach, beforeEach, expect, test } from 'vitest';
import { startFaultServer, type FaultServer } from '../../test/support/fault-server.ts';
import { openTestStore, type TestStore } from '../../test/support/test-store.ts';
import { fetchDocument } from './fetch-index.ts';

let server: FaultServer;
let at: TestStore;
let nowMs = 0;

beforeEach(async () => {
  nowMs = 1_000_000;
  server = await startFaultServer({ '/InRelease': { kind: 'ok', body: 'one' } });
  at = await openTestStore({ clock: { now: () => nowMs } });
});

afterEach(async () => {
  await server.close();
  await at.remove();
});

async function fetchText(options: Parameters<typeof fetchDocument>[3] = {}): Promise<readonly unknown[]> {
  const { bytes, fetchedAtMs, fromCache, ageMs } = await fetchDocument(
    at.ctx,
    at.store,
    `${server.url}/InRelease`,
    options,
  );
  return [Buffer.from(bytes).toString(), fetchedAtMs, fromCache, ageMs];
}

test('the copy is confirmed, used while young, and replaced when the server has a new one', async () => {
  expect(await fetchText()).toEqual(['one', 1_000_000, false, 0]);
  nowMs += 500;
  expect(await fetchText({ maxAgeMs: 1000 })).toEqual(['one', 1_000_000, true, 500]);
  expect(server.count('/InRelease')).toBe(1);
  nowMs += 500;
  expect(await fetchText({ maxAgeMs: 1000 })).toEqual(['one', 1_001_000, true, 0]);
  expect(server.requests[1]?.headers['if-none-match']).toMatch(/^"/u);
  server.routes.set('/InRelease', { kind: 'ok', body: 'two' });
  expect(await fetchText()).toEqual(['two', 1_001_000, false, 0]);
  // A clock that was set back does not keep a copy young.
  nowMs = 5;
  await fetchText({ maxAgeMs: 1000 });
  expect(server.count('/InRelease')).toBe(4);
});

test('Last-Modified is sent back', async () => {
  const lastModified = 'Mon, 01 Jun 2026 00:00:00 GMT';
  server.routes.set('/InRelease', { kind: 'ok', body: 'one', headers: { 'last-modified': lastModified } });
  await fetchText();
  await fetchText();
  expect(server.requests[1]?.headers['if-modified-since']).toBe(lastModified);
});

test('offline, the copy is used at any age, and its absence is KP6016', async () => {
  await expect(fetchText({ offline: true })).rejects.toMatchObject({ code: 'KP6016', exitCode: 4 });
  await fetchText();
  nowMs += 1e12;
  expect(await fetchText({ offline: true })).toEqual(['one', 1_000_000, true, 1e12]);
  const offline = await at.reopen({ offline: true });
  expect((await fetchDocument(at.ctx, offline, `${server.url}/InRelease`)).fromCache).toBe(true);
  expect(server.requests).toHaveLength(1);
});

function refuse(): never {
  throw new Error('not signed');
}

test('what is not accepted is not kept', async () => {
  await fetchText();
  server.routes.set('/InRelease', { kind: 'html' });
  await expect(fetchText({ accept: refuse })).rejects.toThrow('not signed');
  expect((await fetchText({ offline: true }))[0]).toBe('one');
});

test('faults that pass are waited out; others are told', async () => {
  const good = server.routes.get('/InRelease')!;
  server.routes.set('/InRelease', {
    kind: 'sequence',
    routes: [{ kind: 'status', status: 502 }, { kind: 'cut', body: 'one', afterBytes: 1 }, good],
  });
  expect((await fetchText())[0]).toBe('one');
  server.routes.set('/InRelease', { kind: 'status', status: 404 });
  await expect(fetchText()).rejects.toMatchObject({ code: 'KP6012' });
  server.routes.set('/InRelease', { kind: 'status', status: 503, headers: { 'retry-after': '0' } });
  nowMs += 2 * 3_600_000;
  const fix = 'check the network, or use --offline: the store has a copy from 2 hours ago';
  await expect(fetchText()).rejects.toMatchObject({ code: 'KP6011', fix });
});

test('an endless answer is cut off', async () => {
  const limits = { ...at.ctx.limits, responseBytes: 1000 };
  server.routes.set('/InRelease', { kind: 'ok', body: Buffer.alloc(100_000) });
  const fetching = fetchDocument({ ...at.ctx, limits }, at.store, `${server.url}/InRelease`);
  await expect(fetching).rejects.toMatchObject({ code: 'KP6017' });
});
