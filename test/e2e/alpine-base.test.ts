import { generateKeyPairSync } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readSigningKey } from '../../src/crypto/signing-key.ts';
import type { ApkRecipe, RecipeNode } from '../../src/emit/apk/apk-recipe.ts';
import { writeApkV2 } from '../../src/emit/apk/write-apk-v2.ts';
import { writeIndexV2 } from '../../src/emit/apk/write-index-v2.ts';
import { checkout, runCli, scratch } from '../support/cli.ts';
import { folderNodes } from '../support/folder-nodes.ts';
import { deadNetwork } from '../support/recorded-mirror.ts';

/**
 * The base `alpine` against a mirror of this machine in Alpine's layout. Its MicroPython is the one of the test store
 * (Debian's, with its libraries), packed as apk: so the image that comes out really runs.
 */

const architectures: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };
const architecture = architectures[process.arch] ?? 'x86_64';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = readSigningKey(privateKey.export({ type: 'pkcs8', format: 'pem' }), 'test.rsa.pub');

function recipe(name: string, nodes: readonly RecipeNode[], changes: Partial<ApkRecipe> = {}): ApkRecipe {
  return {
    name,
    version: '1.27.0-r0',
    architecture,
    description: name,
    url: '',
    license: 'MIT',
    origin: name,
    maintainer: '',
    buildTime: 1_700_000_000,
    depends: [],
    provides: [],
    replaces: [],
    installIf: [],
    providerPriority: undefined,
    replacesPriority: undefined,
    scripts: new Map(),
    triggers: [],
    nodes,
    ...changes,
  };
}

function isProgram(path: string): boolean {
  return path === 'usr/bin/micropython';
}

function isLibrary(path: string): boolean {
  return /^usr\/lib|^lib/.test(path);
}

let made: Promise<ReadonlyMap<string, Uint8Array>> | undefined;

/** The files of the mirror by path; compressing them takes seconds, so once for all tests. */
async function makeMirror(): Promise<ReadonlyMap<string, Uint8Array>> {
  const folder = scratch();
  cpSync(join(checkout, 'examples/hello/main.py'), join(folder, 'hello/main.py'));
  const built = await runCli(['build', 'hello', '--base', 'debian', '--output', 'dir', '--offline'], {
    cwd: folder,
    env: deadNetwork,
  });
  expect(built).toMatchObject({ status: 0 });
  const name = readdirSync(join(folder, 'dist')).find((entry) => entry.endsWith('.rootfs')) ?? '';
  const root = join(folder, 'dist', name);
  const runtime = recipe('micropython', folderNodes(root, isProgram), { depends: ['so:libs.so.1'] });
  const libraries = recipe('libs', folderNodes(root, isLibrary), { provides: ['so:libs.so.1=1'] });
  const files = new Map<string, Uint8Array>();
  for (const [repository, one] of [
    ['main', libraries],
    ['community', runtime],
  ] as const) {
    const written = await writeApkV2(one, [key], 'sha256');
    const place = `/alpine/v3.24/${repository}/${architecture}`;
    files.set(`${place}/${one.name}-${one.version}.apk`, written.bytes);
    files.set(`${place}/APKINDEX.tar.gz`, await writeIndexV2([written], architecture, repository, [key], 'sha256'));
  }
  return files;
}

async function startMirror(): Promise<{ readonly url: string; readonly asked: string[] }> {
  const files = await (made ??= makeMirror());
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const body = files.get(request.url ?? '');
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/alpine`, asked };
}

function project(yaml: string): string {
  const folder = join(scratch(), 'app');
  mkdirSync(folder);
  cpSync(join(checkout, 'examples/hello/main.py'), join(folder, 'main.py'));
  writeFileSync(join(folder, 'kilopy.yaml'), yaml);
  writeFileSync(join(folder, 'test.rsa.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  return folder;
}

test('base alpine: from a mirror to a container that runs; the lock serves an offline build with the same bytes', async () => {
  const mirror = await startMirror();
  const folder = project('base: {alpine: {keys: [test.rsa.pub]}}\nname: greeter\n');
  const env = { KILOPY_ALPINE_MIRROR: mirror.url, KILOPY_CACHE: scratch() };
  const first = await runCli(['build', '.', '--json', '--output', 'tar'], { cwd: folder, env });
  expect(first).toMatchObject({ status: 0 });
  const answer = JSON.parse(first.stdout) as { base: string; artifacts: { digest: string }[] };
  expect(answer.base).toBe('alpine v3.24');
  const lock = JSON.parse(readFileSync(join(folder, 'kilopy.lock'), 'utf8')) as {
    sections: { release: string; packages: { name: string; feed: string; path: string; sha256: string }[] }[];
  };
  expect(lock.sections[0]?.release).toBe('v3.24');
  expect(lock.sections[0]?.packages.map(({ name, feed, path }) => [name, feed, path])).toEqual([
    ['libs', 'alpine', `v3.24/main/${architecture}/libs-1.27.0-r0.apk`],
    ['micropython', 'alpine', `v3.24/community/${architecture}/micropython-1.27.0-r0.apk`],
  ]);

  const offline = ['build', '.', '--json', '--output', 'tar', '--offline', '--locked', '--out-dir', scratch()];
  const second = await runCli(offline, { cwd: folder, env });
  expect(second).toMatchObject({ status: 0 });
  expect((JSON.parse(second.stdout) as typeof answer).artifacts[0]?.digest).toBe(answer.artifacts[0]?.digest);

  // The lock's digests are enough: another mirror, an empty store.
  const elsewhere = { KILOPY_ALPINE_MIRROR: mirror.url, KILOPY_CACHE: scratch() };
  const third = await runCli(['build', '.', '--json', '--output', 'tar', '--locked'], { cwd: folder, env: elsewhere });
  expect((JSON.parse(third.stdout) as typeof answer).artifacts[0]?.digest).toBe(answer.artifacts[0]?.digest);

  const run = await runCli(['run', '.', '--offline', '--quiet'], { cwd: folder, env });
  expect(run).toMatchObject({ status: 0 });
  expect(run.stdout).toContain('Hello');
}, 120_000);

test.each(['scanner', 'full'])(
  'base alpine: with database: %s the image names its packages',
  async (mode) => {
    const mirror = await startMirror();
    const folder = project(`base: {alpine: {keys: [test.rsa.pub], database: ${mode}}}\nname: greeter\n`);
    const env = { KILOPY_ALPINE_MIRROR: mirror.url, KILOPY_CACHE: scratch() };
    const built = await runCli(['build', '.', '--output', 'dir', '--json'], { cwd: folder, env });
    expect(built).toMatchObject({ status: 0 });
    const name = readdirSync(join(folder, 'dist')).find((entry) => entry.endsWith('.rootfs')) ?? '';
    const root = join(folder, 'dist', name);
    const database = ['lib/apk/db/installed', 'usr/lib/apk/db/installed'].find((path) => existsSync(join(root, path)));
    const text = readFileSync(join(root, database ?? ''), 'utf8');
    expect(text).toContain('P:micropython\nV:1.27.0-r0\n');
    expect(text.includes('C:Q1')).toBe(mode === 'full');
  },
  60_000,
);

test('base alpine: a mirror whose key is not trusted is refused', async () => {
  const mirror = await startMirror();
  const folder = project('base: alpine\nname: greeter\n');
  const env = { KILOPY_ALPINE_MIRROR: mirror.url, KILOPY_CACHE: scratch() };
  const { status, stdout } = await runCli(['build', '.', '--json', '--output', 'tar'], { cwd: folder, env });
  expect(status).toBe(5);
  expect((JSON.parse(stdout) as { error: { code: string } }).error.code).toBe('KP5001');
  expect(mirror.asked.filter((path) => path.endsWith('.apk'))).toEqual([]);
}, 60_000);

test('base wolfi says that it has no MicroPython, and what to do', async () => {
  const folder = project('base: wolfi\n');
  const { status, stdout } = await runCli(['build', '.', '--json'], { cwd: folder, env: { KILOPY_CACHE: scratch() } });
  const { error } = JSON.parse(stdout) as { error: { code: string; fix: string } };
  expect([status, error.code]).toEqual([2, 'KP2014']);
  expect(error.fix).toContain('alpine');
});
