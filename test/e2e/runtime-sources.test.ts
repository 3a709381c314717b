import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createContext } from '../../src/io/create-context.ts';
import type { HttpResponse } from '../../src/io/http-client.ts';
import type { KilopyError } from '../../src/errors/kilopy-error.ts';
import { ensureMicroPython } from '../../src/runtime/micropython/ensure-micropython.ts';
import { targets } from '../../src/spec/targets.ts';
import { openStore } from '../../src/store/store.ts';
import { scratch, testStore } from '../support/cli.ts';
import { expectFailure, workplace } from '../support/failing-cli.ts';
import { startFaultServer } from '../support/fault-server.ts';
import { deadNetwork } from '../support/recorded-mirror.ts';

/** What a mirror or somebody else's server may give in place of a source that a runtime is compiled from. */

/** The real, signed indexes of the test store without any runtime or source, and a mirror that gives one answer to all the rest. */
async function compileWith(status: number, body: string): Promise<{ error: KilopyError; asked: string[] }> {
  const cache = join(scratch(), 'cache');
  for (const kind of ['document-1', 'deb-source-1']) {
    cpSync(join(testStore, 'derived', kind), join(cache, 'derived', kind), { recursive: true });
    for (const file of readdirSync(join(cache, 'derived', kind), { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const text = readFileSync(join(file.parentPath, file.name), 'utf8');
      const [, hash = ''] = /"digest":"sha256:([0-9a-f]{64})"/u.exec(text) ?? [];
      const path = join('blobs/sha256', hash.slice(0, 2), hash);
      if (existsSync(join(testStore, path))) cpSync(join(testStore, path), join(cache, path));
    }
  }
  const asked: string[] = [];
  const ctx = createContext();
  const request = async (url: string): Promise<HttpResponse> => {
    asked.push(url);
    const bytes = Buffer.from(body);
    const headers = { 'content-length': String(bytes.length) };
    return { url, status, headers, body: one(bytes), discard: async () => undefined };
  };
  const target = targets.find(({ name }) => name === 'linux/amd64');
  if (target === undefined) throw new Error('no target');
  const store = await openStore(ctx, cache);
  const env = { ...ctx.env, KILOPY_ATTEMPTS: '1' };
  const run = ensureMicroPython({ ...ctx, env, http: { request }, emit: () => undefined }, store, target, 'small');
  const error = await run.then(
    () => new Error('it was compiled'),
    (thrown: unknown) => thrown,
  );
  return { error: error as KilopyError, asked };
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

test('a version that has left the mirror: the error names --update and the snapshot', async () => {
  const { error, asked } = await compileWith(404, '');
  expect(error).toMatchObject({ code: 'KP9105', exitCode: 4 });
  expect(error.where).toMatch(/\/pool\/.*\/micropython_/u);
  expect(error.fix).toMatch(/--update/u);
  expect(error.fix).toMatch(/snapshot/u);
  expect(asked.filter((url) => !url.includes('/pool/'))).toEqual([]);
});

test('a source that is not what the signed index says is refused, after it was asked for once more', async () => {
  const { error, asked } = await compileWith(200, 'something else');
  expect(error).toMatchObject({
    code: 'KP6021',
    exitCode: 5,
    message: expect.stringContaining('micropython_') as string,
  });
  const first = asked.filter((url) => url === asked[0]);
  expect(first).toHaveLength(2);
});

test('a source of --source whose SHA-256 is another is refused, and nothing of it is kept', async () => {
  const body = 'not what was promised';
  const server = await startFaultServer({ '/micropython-1.26.1.tar.xz': { kind: 'ok', body } });
  try {
    const place = workplace({}, { ...deadNetwork, HTTP_PROXY: undefined as unknown as string });
    const hash = createHash('sha256').update('what was promised').digest('hex');
    const source = `micropython=${server.url}/micropython-1.26.1.tar.xz#sha256=${hash}`;
    const expected = { exit: 5, code: 'KP6020', says: ['micropython 1.26.1', hash, /fix: /u] };
    await expectFailure(place, ['runtime', 'build', '--source', source], expected);
    // Twice in either run.
    expect(server.count('/micropython-1.26.1.tar.xz')).toBe(4);
  } finally {
    await server.close();
  }
});
