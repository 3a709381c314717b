import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTestStore, type TestStore } from '../../test/support/test-store.ts';
import type { KilopyError } from '../errors/kilopy-error.ts';
import { blobPath, derivedPath, lockPath } from './folders.ts';
import { storePath } from './store-path.ts';

let at: TestStore;

beforeEach(async () => {
  at = await openTestStore();
});

afterEach(async () => {
  await at.remove();
});

function putFolder(path: string): void {
  rmSync(path, { force: true });
  mkdirSync(join(path, 'inside'), { recursive: true });
}

function codeOf(error: unknown): string {
  return (error as KilopyError).code;
}

test('a folder in the place of a blob goes with a read, and makes way for a write', async () => {
  const bytes = Buffer.from('content');
  const ref = await at.store.put(bytes);
  const path = blobPath(at.store.root, ref.digest);
  putFolder(path);
  expect(await at.store.read(ref).catch(codeOf)).toBe('KP6002');
  putFolder(path);
  expect(await at.store.check(ref)).toBe(false);
  expect(at.events).toContainEqual(expect.objectContaining({ type: 'store.refetched', digest: ref.digest }));
  putFolder(path);
  await at.store.put(bytes);
  putFolder(path);
  await at.store.putStream(Readable.from([bytes]));
  expect(Buffer.from(await at.store.read(ref)).toString()).toBe('content');
});

test('a folder in the place of a reference goes with a read, and that is said', async () => {
  await at.store.remember('kind-1', 'key', Buffer.from('derived'));
  putFolder(derivedPath(at.store.root, 'kind-1', 'key'));
  expect(await at.store.recall('kind-1', 'key')).toBeUndefined();
  expect(at.events).toContainEqual({ type: 'note', text: expect.stringContaining('kind-1') as string });
  await at.store.remember('kind-1', 'key', Buffer.from('derived'));
  expect(await at.store.recall('kind-1', 'key')).toBeDefined();
});

test.each([
  ['a folder', putFolder],
  ['no lock', (path: string): void => writeFileSync(path, 'no lock')],
])('a lock that is %s holds nobody up', async (_, damage) => {
  damage(lockPath(at.store.root, 'work'));
  expect(await at.store.withLock('work', () => Promise.resolve('done'))).toBe('done');
});

test.each(['', 'relative'])('HOME=%s does not put the store into the working directory', (home) => {
  expect(storePath({ env: { HOME: home }, cwd: '/cwd' })).toMatch(/^\/(?!cwd).*\.cache\/kilopy$/u);
});
