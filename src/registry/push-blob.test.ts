import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { memoryBlobs } from '../../test/support/memory-blobs.ts';
import { codeOf, registryContext } from '../../test/support/registry-context.ts';
import { startTestRegistry, type RegistryFault, type TestRegistry } from '../../test/support/registry-server.ts';
import { expectWithin } from '../../test/support/expect-within.ts';
import type { Limits } from '../io/limits.ts';
import { pushBlob, type BlobOutcome } from './push-blob.ts';
import { openSession } from './session.ts';

const mebibyte = 2 ** 20;
let registry: TestRegistry;
beforeEach(async () => {
  registry = await startTestRegistry();
});
afterEach(() => registry.close());

async function push(
  bytes: Uint8Array,
  mountFrom: readonly string[] = [],
  limits: Partial<Limits> = {},
): Promise<BlobOutcome> {
  const ctx = registryContext({}, limits);
  const blobs = memoryBlobs();
  const ref = blobs.add(bytes);
  const reference = { registry: registry.host, repository: 'me/app' };
  const session = await openSession(ctx, reference, { action: 'push', plainHttp: [], mountFrom });
  return await pushBlob(ctx, session, ref, blobs, mountFrom);
}

function kept(bytes: Uint8Array, repository = 'me/app'): boolean {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return registry.blobs.get(`${repository}@${digest}`)?.equals(bytes) === true;
}

/** The faults happen at these requests, counted from 0 among those of the method. */
function failAt(method: string, faults: Readonly<Record<number, RegistryFault>>): void {
  let count = -1;
  registry.fault = (request) => (request.method === method ? faults[(count += 1)] : undefined);
}

test('a small blob is asked for and sent in one piece; the second time it is only asked for', async () => {
  const bytes = Buffer.from('small');
  expect(await push(bytes)).toBe('uploaded');
  const methods = registry.requests.map(({ method }) => method).join(' ');
  expect(methods).toBe('GET HEAD POST PUT');
  registry.requests.length = 0;
  expect(await push(bytes)).toBe('present');
  expect(registry.requests.map(({ method }) => method).join(' ')).toBe('GET HEAD');
});

test('a large one goes in pieces, the last of which finishes it', async () => {
  const bytes = randomBytes(20 * mebibyte);
  expect(await push(bytes)).toBe('uploaded');
  expect([registry.count('PATCH', /./u), registry.count('PUT', /./u)]).toEqual([2, 1]);
  expect(kept(bytes)).toBe(true);
});

test('pieces are as large as the registry wants them', async () => {
  registry.chunkMinBytes = 16 * mebibyte;
  const bytes = randomBytes(20 * mebibyte);
  expect(await push(bytes)).toBe('uploaded');
  expect(registry.count('PATCH', /./u)).toBe(1);
});

test.each<[string, Readonly<Record<number, RegistryFault>>, number]>([
  // What is lost is sent again; what has arrived is not.
  ['a connection that drops', { 1: 'drop' }, 3],
  ['a lost answer', { 1: 'drop-answer' }, 2],
  ['half a piece', { 1: 'cut' }, 2],
  ['a server with a fault', { 1: '503' }, 3],
  ['a registry that was started again: from the beginning', { 1: 'restart' }, 4],
])('an upload goes on after %s', async (_title, faults, pieces) => {
  const bytes = randomBytes(20 * mebibyte);
  failAt('PATCH', faults);
  expect(await push(bytes)).toBe('uploaded');
  expect(registry.count('PATCH', /./u)).toBe(pieces);
  expect(kept(bytes)).toBe(true);
});

test('a server without an answer is asked again after the time-out', async () => {
  const bytes = Buffer.from('slow');
  failAt('POST', { 0: 'stall' });
  const startedMs = performance.now();
  expect(await push(bytes, [], { stallMs: 500 })).toBe('uploaded');
  expectWithin(performance.now() - startedMs, 3000);
  expect(kept(bytes)).toBe(true);
});

test('a blob is mounted where another repository has it, and sent where none has', async () => {
  const bytes = Buffer.from('shared');
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  registry.blobs.set(`other/app@${digest}`, bytes);
  expect(await push(bytes, ['other/app'])).toBe('mounted');
  expect(kept(bytes)).toBe(true);
  expect(registry.count('PUT', /./u)).toBe(0);
  expect(await push(Buffer.from('own'), ['other/app'])).toBe('uploaded');
  // The answer to a mount that fails begins the upload.
  expect(registry.count('POST', /./u)).toBe(2);
});

test('Retry-After is waited for', async () => {
  let first = true;
  registry.intercept = ({ method }, response) => {
    if (method !== 'POST' || !first) return false;
    first = false;
    response.writeHead(429, { 'retry-after': '1' }).end();
    return true;
  };
  const startedMs = performance.now();
  expect(await push(Buffer.from('patient'))).toBe('uploaded');
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(990);
});

test.each<[string, RegistryFault, string]>([
  ['enough requests for now', '429', 'KP6114'],
  ['a server that is out of order', '500', 'KP6011'],
  ['a registry that finds another digest each time', 'wrong-digest', 'KP6116'],
])('%s is told at the end', async (_title, fault, code) => {
  registry.fault = ({ method }) => (method === 'PUT' ? fault : undefined);
  expect(await codeOf(push(Buffer.from('never')))).toBe(code);
  expect(registry.blobs.size).toBe(0);
});
