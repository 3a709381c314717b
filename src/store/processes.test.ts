import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startFaultServer } from '../../test/support/fault-server.ts';
import { openTestStore, type TestStore } from '../../test/support/test-store.ts';
import { hexOf, sha256 } from '../crypto/digest.ts';

const program = fileURLToPath(new URL('../../test/support/store-process.ts', import.meta.url));
let at: TestStore;

beforeEach(async () => {
  at = await openTestStore();
});

afterEach(async () => {
  await at.remove();
});

function start(...args: readonly string[]): ChildProcessByStdio<null, Readable, null> {
  return spawn(process.execPath, ['--import', 'tsx', program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function outputOf(child: ReturnType<typeof start>): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout) text += String(chunk);
  return text;
}

test('two processes fetch a file once', async () => {
  const body = Buffer.alloc(400_000, 'together');
  const server = await startFaultServer({ '/file': { kind: 'drip', body, chunkBytes: 10_000, pauseMs: 20 } });
  try {
    const children = [1, 2].map(() => start('download', at.store.root, `${server.url}/file`, sha256(body)));
    const outputs = await Promise.all(children.map(outputOf));
    expect(outputs).toEqual([`${sha256(body)}\n`, `${sha256(body)}\n`]);
    expect(server.count('/file')).toBe(1);
  } finally {
    await server.close();
  }
});

test('a process killed during a download leaves a file to resume and a lock that does not hold', async () => {
  const body = Buffer.alloc(1_000_000, 'resumed');
  const server = await startFaultServer({ '/file': { kind: 'stall', body, afterBytes: 600_000 } });
  try {
    const child = start('download', at.store.root, `${server.url}/file`, sha256(body));
    const partial = `${at.store.root}/partial/${hexOf(sha256(body))}`;
    await waitUntil(() => (statSync(partial, { throwIfNoEntry: false })?.size ?? 0) >= 300_000);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect((await at.list()).map((path) => path.split('/')[0])).toEqual(['locks', 'partial']);
    server.routes.set('/file', { kind: 'ok', body });
    expect(await outputOf(start('download', at.store.root, `${server.url}/file`, sha256(body)))).toContain('sha256:');
    expect(Number(/\d+/u.exec(server.requests[1]?.headers.range ?? '')?.[0])).toBeGreaterThanOrEqual(300_000);
    expect(await at.list()).toHaveLength(1);
  } finally {
    await server.close();
  }
});

test('a process killed at any moment leaves whole blobs, whole references and nothing that stays', async () => {
  for (const afterMs of [0, 15, 40, 75]) {
    const child = start('put', at.store.root);
    await once(child.stdout, 'data');
    await sleep(afterMs);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const store = await at.reopen();
    expect(await store.withLock('work', async () => 'free')).toBe('free');
    const paths = await at.list();
    const strays = paths.filter((path) => !path.startsWith('blobs/') && !path.startsWith('derived/'));
    expect(strays).toEqual([]);
    for (const path of paths.filter((name) => name.startsWith('blobs/'))) {
      expect(hexOf(sha256(readFileSync(`${store.root}/${path}`)))).toBe(path.split('/').at(-1));
    }
    const { derived } = await store.info();
    for (let turn = 0; turn < derived.count; turn += 1) {
      expect(Buffer.from((await store.recall('turn-1', String(turn))) ?? []).toString()).toBe(`turn ${String(turn)}`);
    }
  }
});

async function waitUntil(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 6000; turn += 1) {
    if (holds()) return;
    await sleep(10);
  }
  expect.unreachable('waited in vain');
}
