import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { archiveBytes } from '../support/archive-bytes.ts';
import { checkout, runCli, scratch, testStore } from '../support/cli.ts';
import { whole } from '../support/extent.ts';
import { createContext } from '../../src/io/create-context.ts';
import { ensureAlpine } from '../../src/runtime/alpine/ensure-alpine.ts';
import { targets } from '../../src/spec/targets.ts';
import { openStore } from '../../src/store/store.ts';
import { alpineBars } from '../support/runtime-bars.ts';
import { rootEnvironment } from '../support/run-in-root.ts';

/** A small Alpine of our own, which scripts/setup.sh prove has compiled: nothing of Alpine's is in it, and nothing needs the network. */

const target = 'linux/amd64';
const realdata = process.env['KILOPY_REALDATA'] ?? resolve(import.meta.dirname, '../../../shared/realdata');
const minirootfs = join(realdata, 'alpine/minirootfs/alpine-minirootfs-3.20.3-x86_64.tar.gz');
const canChroot = existsSync(minirootfs) && process.getuid?.() === 0 && process.arch === 'x64';

const ffiScript = `
import ffi, uctypes, sys
libc = ffi.open('libc.musl-x86_64.so.1')
def compare(a, b):
    return uctypes.bytearray_at(b, 1)[0] - uctypes.bytearray_at(a, 1)[0]
numbers = bytearray((2, 9, 4))
libc.func('v', 'qsort', 'pLLC')(numbers, 3, 1, ffi.callback('i', compare, 'PP'))
print(list(numbers), libc.func('i', 'getpid', '')() > 0)
`;

async function exported(folder: string, name: string, cache: string = testStore): Promise<string> {
  const words = ['runtime', 'export', '--alpine', '--target', target, '--out-dir', name, '--offline'];
  const { status, stderr } = await runCli(words, {
    cwd: folder,
    env: { KILOPY_CACHE: cache },
    timeoutMs: 1_200_000,
  });
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  return join(folder, name);
}

/** An application on a mirror, with the key that `runtime export` has left there. */
function project(folder: string, mirror: string, main: string, keys = '[../mirror/kilopy-runtime.rsa.pub]'): string {
  const app = mkdtempSync(join(folder, 'app-'));
  writeFileSync(join(app, 'main.py'), main);
  writeFileSync(join(app, 'kilopy.yaml'), `name: hello\nbase: {alpine: {mirror: '${mirror}', keys: ${keys}}}\n`);
  return app;
}

const muslPath = 'lib/ld-musl-x86_64.so.1';

function muslFile(mirror: string): string {
  return readdirSync(join(mirror, 'v3.24/main/x86_64')).find((name) => name.startsWith('musl-')) ?? '';
}

/** Serves a folder on loopback; gives its URL. */
async function serve(folder: string): Promise<string> {
  const server = createServer((request, response) => {
    try {
      response.end(readFileSync(join(folder, decodeURIComponent(request.url ?? ''))));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

test('hello on base alpine from a feed of our own: signed, small, and it runs', async () => {
  const folder = scratch();
  const mirror = await exported(folder, 'mirror');
  await exported(folder, 'again');
  expect(spawnSync('diff', ['-r', 'mirror', 'again'], { cwd: folder, encoding: 'utf8' }).stdout).toBe('');

  const hello = readFileSync(join(checkout, 'examples/hello/main.py'), 'utf8');
  const app = project(folder, await serve(mirror), hello);
  const env = { KILOPY_CACHE: scratch() };
  const built = await runCli(['build', '.', '--target', target, '--json'], { cwd: app, env });
  expect(built).toMatchObject({ status: 0 });
  const [artifact] = (JSON.parse(built.stdout) as { artifacts: { path: string }[] }).artifacts;
  const sizeBytes = archiveBytes(artifact?.path ?? '', app);
  expect(sizeBytes).toBeGreaterThan(300_000);
  expect(sizeBytes).toBeLessThanOrEqual(alpineBars[target] ?? 0);
  const names = [...readFileSync(join(app, 'kilopy.lock'), 'utf8').matchAll(/"name": "(musl|libffi|micropython)"/gu)];
  expect(new Set(names.map(([, name]) => name))).toEqual(new Set(['libffi', 'micropython', 'musl']));
  const run = await runCli(['run', '.', '--target', target, '--quiet'], { cwd: app, env });
  expect(run).toMatchObject({ status: 0, stdout: expect.stringMatching(/^Hello from MicroPython/) as unknown });

  // Signed by a key that nobody named: refused.
  const stranger = project(folder, await serve(mirror), hello, '[]');
  const refused = await runCli(['build', '.', '--target', target], { cwd: stranger, env });
  expect(refused).toMatchObject({ status: 5, stderr: expect.stringContaining('KP5001') as unknown });
});

test('its MicroPython calls the C library by ffi, and is called back; the folder itself is a mirror', async () => {
  const folder = scratch();
  const mirror = await exported(folder, 'mirror');
  const app = project(folder, pathToFileURL(mirror).href, ffiScript);
  const env = { KILOPY_CACHE: scratch() };
  const run = await runCli(['run', '.', '--target', target, '--quiet'], { cwd: app, env });
  expect(run).toMatchObject({ status: 0, stdout: '[9, 4, 2] True\n' });
  // What travels with the package is what the runtime has: a module that it lacks is refused by name.
  writeFileSync(join(app, 'main.py'), 'import ssl, ffi, _thread, uctypes\nimport btree\n');
  const lacking = await runCli(['build', '.', '--target', target], { cwd: app, env });
  expect(lacking.stderr).toMatch(/main\.py:2:8.*btree|btree[^]*main\.py:2/u);
  expect(lacking.stderr).not.toMatch(/ssl|ffi|_thread|uctypes/u);
  expect(lacking.status).toBe(2);
});

test('apk 2.14.4 takes the packages into an Alpine, and its own programs run with our musl', async (context) => {
  context.skip(!canChroot, 'needs the folder with real data, root and an x86-64 machine');
  const folder = scratch();
  const mirror = await exported(folder, 'mirror');
  const alpine = join(folder, 'alpine');
  mkdirSync(alpine);
  execFileSync('tar', ['xzf', minirootfs, '-C', alpine]);
  cpSync(mirror, join(alpine, 'mirror'), { recursive: true });
  cpSync(join(mirror, 'kilopy-runtime.rsa.pub'), join(alpine, 'etc/apk/keys/kilopy-runtime.rsa.pub'));
  writeFileSync(join(alpine, 'etc/apk/repositories'), '/mirror/v3.24/main\n/mirror/v3.24/community\n');
  const inside = (...words: readonly string[]): string => {
    const { stdout, stderr } = spawnSync('chroot', [alpine, ...words], { encoding: 'utf8', env: rootEnvironment });
    return stdout + stderr;
  };
  expect(inside('/sbin/apk', 'add', '--no-network', 'micropython')).toMatch(
    /Installing libffi \(3\.[^]*Installing micropython \(1\.[^]*OK: /u,
  );
  // Over Alpine's own musl, so that busybox and apk run on ours afterwards.
  expect(inside('/sbin/apk', 'upgrade', '--no-network', '--available')).toMatch(/(?:Replacing|grading) musl [^]*OK: /u);
  const ours = execFileSync('tar', ['-xzOf', join(mirror, 'v3.24/main/x86_64', muslFile(mirror)), muslPath], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  expect(readFileSync(join(alpine, muslPath)).equals(ours)).toBe(true);
  expect(inside('/usr/bin/micropython', '-c', ffiScript)).toBe('[9, 4, 2] True\n');
  expect(inside('/sbin/apk', 'audit', '--system')).not.toMatch(/micropython|libffi/u);
});

test.runIf(whole)('compiled again from the same sources, the feed has the same bytes', async () => {
  const folder = scratch();
  const cache = join(folder, 'cache');
  mkdirSync(join(cache, 'runtimes'), { recursive: true });
  for (const name of ['blobs', 'derived']) cpSync(join(testStore, name), join(cache, name), { recursive: true });
  for (const name of ['kilopy-runtime.rsa', 'kilopy-runtime.rsa.pub'])
    cpSync(join(testStore, 'runtimes', name), join(cache, 'runtimes', name));
  for (const kind of ['alpine-2', 'mpy-cross-2']) rmSync(join(cache, 'derived', kind), { recursive: true });
  await exported(folder, 'first');
  await exported(folder, 'second', cache);
  expect(spawnSync('diff', ['-r', 'first', 'second'], { cwd: folder, encoding: 'utf8' }).stdout).toBe('');
});

test('what was compiled where nothing could run it is run as soon as something can', async () => {
  const cache = join(scratch(), 'cache');
  for (const name of ['blobs', 'derived/alpine-2'])
    cpSync(join(testStore, name), join(cache, name), { recursive: true });
  const ctx = createContext();
  const machine = targets.find(({ name }) => name === target);
  if (machine === undefined) throw new Error(target);
  const store = await openStore(ctx, cache, { offline: true });
  const known = await ensureAlpine(ctx, store, machine);
  expect(known.proved).toBe(true);
  const [record = ''] = readdirSync(join(cache, 'derived/alpine-2'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }) => readFileSync(join(parentPath, name), 'utf8'));
  const [, key = ''] = /"key":"(sha256:[0-9a-f]{64})"/u.exec(record) ?? [];
  await store.remember('alpine-2', key, Buffer.from(JSON.stringify({ ...known, proved: false })));
  expect(await ensureAlpine(ctx, store, machine)).toEqual(known);
  const kept = JSON.parse(Buffer.from((await store.recall('alpine-2', key)) ?? []).toString()) as typeof known;
  expect(kept.proved).toBe(true);
});
