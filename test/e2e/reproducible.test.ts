import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeArchiveKey, type ArchiveKey } from '../support/archive-key.ts';
import { makeDebArchive, type DebArchive } from '../support/deb-archive.ts';
import { smallRuntime } from '../support/small-runtime.ts';
import { buildOnce, serveShuffled, type Circumstances } from '../support/two-builds.ts';

/** The same input gives the same bytes, whoever builds where: each build has a store, a folder and a server of its own. */

let key: ArchiveKey;
let archive: DebArchive;
let reference: Record<string, string>;
const servers: { close(): Promise<void> }[] = [];

async function build(how: Circumstances, seed: number): Promise<Record<string, string>> {
  const server = await serveShuffled(archive, seed);
  servers.push(server);
  return await buildOnce(server.archive, key, how);
}

beforeAll(async () => {
  key = await makeArchiveKey();
  archive = await makeDebArchive(key, [{ suite: 'small', packages: await smallRuntime() }]);
});

afterAll(async () => {
  for (const server of servers) await server.close();
});

test('a first build', async () => {
  reference = await build({}, 1);
  expect(Object.keys(reference).sort()).toEqual([
    'app-amd64.oci.tar',
    'app-amd64.tar.gz',
    'kilopy.lock',
    'licences.txt',
  ]);
});

test.each<[string, Circumstances]>([
  ['a strict umask, other modes and times of files', { umask: '077', mode: 0o600, mtimeSeconds: 1_700_000_001 }],
  [
    'another time zone and locale',
    { env: { TZ: 'Asia/Kolkata', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8', LANGUAGE: 'tr' } },
  ],
  ['the locale C', { env: { TZ: 'America/St_Johns', LANG: 'C', LC_ALL: 'C' } }],
  ['the user nobody', { nobody: true }],
  ['a machine without any helper program', { env: { PATH: '/nonexistent' } }],
])('the same bytes under %s', async (name, how) => {
  expect(await build(how, name.length)).toEqual(reference);
});
