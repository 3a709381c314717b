import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { alpineArchitecture, makeAlpineMirror, nativeTarget, type AlpineMirror } from '../support/alpine-mirror.ts';
import { checkout, runCli, scratch } from '../support/cli.ts';
import { deadNetwork } from '../support/recorded-mirror.ts';

/**
 * The base `alpine` against a mirror of this machine in Alpine's layout. Its MicroPython is the one of the test store
 * (Debian's, with its libraries), packed as apk: so the image that comes out really runs.
 */

const architecture = alpineArchitecture(nativeTarget);
const three = ['linux/amd64', 'linux/arm64', 'linux/arm/v7'];

let made: Promise<AlpineMirror> | undefined;

interface StartedMirror {
  readonly url: string;
  readonly asked: string[];
  readonly publicKey: string;
}

/** Compressing the packages takes seconds: once for all tests. */
async function startMirror(): Promise<StartedMirror> {
  const { files, publicKey } = await (made ??= makeAlpineMirror(three));
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const body = files.get(request.url ?? '');
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/alpine`, asked, publicKey };
}

function project(yaml: string, publicKey: string = ''): string {
  const folder = join(scratch(), 'app');
  mkdirSync(folder);
  cpSync(join(checkout, 'examples/hello/main.py'), join(folder, 'main.py'));
  writeFileSync(join(folder, 'kilopy.yaml'), yaml);
  writeFileSync(join(folder, 'test.rsa.pub'), publicKey);
  return folder;
}

test('base alpine: from a mirror to a container that runs; the lock serves an offline build with the same bytes', async () => {
  const mirror = await startMirror();
  const folder = project('base: {alpine: {keys: [test.rsa.pub]}}\nname: greeter\n', mirror.publicKey);
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
    ['musl', 'alpine', `v3.24/main/${architecture}/musl-1.27.0-r0.apk`],
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
});

test('base alpine: three targets in one build, and why musl is there', async () => {
  const mirror = await startMirror();
  const folder = project('base: {alpine: {keys: [test.rsa.pub]}}\nname: greeter\n', mirror.publicKey);
  const env = { KILOPY_ALPINE_MIRROR: mirror.url, KILOPY_CACHE: scratch() };
  const words = ['--base', 'alpine', '--target', three.join()];
  const built = await runCli(['build', '.', ...words, '--output', 'oci', '--json'], { cwd: folder, env });
  expect(built).toMatchObject({ status: 0 });
  const { artifacts } = JSON.parse(built.stdout) as { artifacts: { path: string }[] };
  expect(artifacts.map(({ path }) => basename(path))).toEqual(['greeter.oci.tar']);
  const index = JSON.parse(
    execFileSync('skopeo', ['inspect', '--raw', `oci-archive:${artifacts[0]?.path ?? ''}`], { encoding: 'utf8' }),
  ) as { manifests: { platform: object }[] };
  expect(index.manifests.map(({ platform }) => platform)).toEqual([
    { os: 'linux', architecture: 'amd64' },
    { os: 'linux', architecture: 'arm64' },
    { os: 'linux', architecture: 'arm', variant: 'v7' },
  ]);
  for (const target of three) {
    const name = alpineArchitecture(target);
    expect(mirror.asked).toContain(`/alpine/v3.24/main/${name}/musl-1.27.0-r0.apk`);
  }
  for (const [target, name, loader] of [
    ['linux/arm/v7', 'armv7', 'arm-linux-gnueabihf/ld-linux-armhf.so.3'],
    [nativeTarget, architecture, ''],
  ] as const) {
    const why = await runCli(['why', 'musl', '--target', target, '--offline'], { cwd: folder, env });
    expect(why).toMatchObject({ status: 0, stderr: '' });
    expect(why.stdout).toMatch(new RegExp(`^musl is in the image for ${target}: `, 'u'));
    expect(why.stdout).toContain(`
  package musl 1.27.0-r0 brings it
  package libs depends: so:libc.musl-${name}.so.1
  package micropython depends: so:libs.so.1
  package micropython is asked for at kilopy.yaml:1:7
`);
    expect(why.stdout).toContain(loader);
  }
});

test.each(['scanner', 'full'])(
  'base alpine: with database: %s the image names its packages',
  async (mode) => {
    const mirror = await startMirror();
    const folder = project(
      `base: {alpine: {keys: [test.rsa.pub], database: ${mode}}}\nname: greeter\n`,
      mirror.publicKey,
    );
    const env = { KILOPY_ALPINE_MIRROR: mirror.url, KILOPY_CACHE: scratch() };
    const built = await runCli(['build', '.', '--output', 'dir', '--json'], { cwd: folder, env });
    expect(built).toMatchObject({ status: 0 });
    const name = readdirSync(join(folder, 'dist')).find((entry) => entry.endsWith('.rootfs')) ?? '';
    const root = join(folder, 'dist', name);
    const database = ['lib/apk/db/installed', 'usr/lib/apk/db/installed'].find((path) => existsSync(join(root, path)));
    const text = readFileSync(join(root, database ?? ''), 'utf8');
    expect(text).toContain('P:micropython\nV:1.27.0-r0\n');
    expect(text.includes('C:Q1')).toBe(mode === 'full');
    // No package of this mirror says whose packages these are, which scanners have to know.
    const release = join(root, 'etc/os-release');
    expect(existsSync(release) ? readFileSync(release, 'utf8') : '').toBe(
      mode === 'full' ? '' : 'ID=alpine\nVERSION_ID=3.24\nPRETTY_NAME="Alpine Linux v3.24"\n',
    );
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
});

test('compare: the settings of a base in kilopy.yaml are those of its route, and an apko.yaml is built from the same mirror', async () => {
  const mirror = await startMirror();
  const folder = project('base: {alpine: {keys: [test.rsa.pub]}}\nname: greeter\n', mirror.publicKey);
  const env = { ...deadNetwork, NO_PROXY: '127.0.0.1', KILOPY_ALPINE_MIRROR: mirror.url, KILOPY_CACHE: scratch() };
  const result = await runCli(['compare', '.', '--json', '--starts', '1'], { cwd: folder, env });
  expect(result).toMatchObject({ status: 0 });
  const { rows } = JSON.parse(result.stdout) as {
    rows: ({ route: string } & Record<
      'disk' | 'wire' | 'start' | 'boot',
      { kind: string; value?: number; why?: string }
    >)[];
  };
  const row = (route: string): (typeof rows)[0] | undefined => rows.find((one) => one.route === route);
  const alpine = row('kilopy, base alpine');
  expect(alpine).toMatchObject({ disk: { kind: 'measured' }, start: { kind: 'measured' } });
  const apko = row('apko.yaml, built by kilopy');
  expect(apko).toMatchObject({ disk: { kind: 'measured' }, wire: { kind: 'measured' } });
  expect(apko?.disk.value).toBeGreaterThan(1_000_000);
  // No base but this one can be had here, and the rows say why.
  expect(row('kilopy, base debian')?.disk).toMatchObject({
    kind: 'not available here',
    why: expect.stringMatching(/^KP6/u) as string,
  });
  expect(row('kilopy, base static, variant small')?.disk.why).toContain('kilopy runtime build');
  expect(row('kilopy, booted on malta-be')?.boot.why).toContain('kilopy kernel build --machine malta-be');
});
