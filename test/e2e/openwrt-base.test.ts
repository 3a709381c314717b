import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkout, runCli, scratch } from '../support/cli.ts';
import { architecture, board, startOpenwrtMirror, type OpenwrtMirror } from '../support/openwrt-mirror.ts';
import { makeOpenwrtRelease, serveOpenwrt } from '../support/openwrt-server.ts';
import { makeIpk } from '../support/opkg-repository.ts';

/**
 * The base `openwrt` against a server of this machine in OpenWrt's layout. Its MicroPython is the one of the test store
 * (Debian's, with its libraries), packed as ipk: so the image that comes out really runs.
 */

describe('base openwrt', () => {
  let server: OpenwrtMirror;

  beforeAll(async () => {
    server = await startOpenwrtMirror('23.05.5');
  });

  afterAll(() => {
    server.close();
  });

  function project(yaml: string): string {
    const folder = join(scratch(), 'app');
    mkdirSync(folder);
    cpSync(join(checkout, 'examples/hello/main.py'), join(folder, 'main.py'));
    writeFileSync(join(folder, 'kilopy.yaml'), yaml);
    writeFileSync(join(folder, 'key-build.pub'), server.usignKey);
    return folder;
  }

  const keyed = `name: greeter\nbase: {openwrt: {release: 23.05.5, keys: [key-build.pub]}}\ntargets: ${architecture}\n`;

  test('from a server to a container that runs; libc comes by the signed list; the lock serves an offline build', async () => {
    const folder = project(keyed);
    const env = { KILOPY_OPENWRT_MIRROR: server.url, KILOPY_CACHE: scratch() };
    const first = await runCli(['build', '.', '--json', '--output', 'tar'], { cwd: folder, env });
    expect(first).toMatchObject({ status: 0 });
    const answer = JSON.parse(first.stdout) as { base: string; artifacts: { digest: string }[] };
    expect(answer.base).toBe('openwrt 23.05.5');
    const lock = JSON.parse(readFileSync(join(folder, 'kilopy.lock'), 'utf8')) as {
      sections: { settings: object; packages: { name: string; path: string }[] }[];
    };
    expect(lock.sections[0]?.settings).toEqual({ architecture });
    expect(lock.sections[0]?.packages.map(({ name, path }) => [name, path])).toEqual([
      ['libc', `releases/23.05.5/targets/${board}/packages/libc_1.20.0-1_${architecture}.ipk`],
      ['kernel', `releases/23.05.5/targets/${board}/packages/kernel_5.15.167-1_${architecture}.ipk`],
      ['libffi', `releases/23.05.5/packages/${architecture}/base/libffi_1.20.0-1_${architecture}.ipk`],
      [
        'micropython-mbedtls',
        `releases/23.05.5/packages/${architecture}/packages/micropython-mbedtls_1.20.0-1_${architecture}.ipk`,
      ],
    ]);
    const again = ['build', '.', '--json', '--output', 'tar', '--offline', '--locked', '--out-dir', scratch()];
    const second = await runCli(again, { cwd: folder, env });
    expect((JSON.parse(second.stdout) as typeof answer).artifacts[0]?.digest).toBe(answer.artifacts[0]?.digest);
    const run = await runCli(['run', '.', '--offline', '--quiet'], { cwd: folder, env });
    expect(run).toMatchObject({ status: 0 });
    expect(run.stdout).toContain('Hello');
  });

  test('every form of the root file system, the list of its packages, and sums that hold', async () => {
    const folder = project(keyed);
    const env = { KILOPY_OPENWRT_MIRROR: server.url, KILOPY_CACHE: scratch() };
    const output = 'tar.gz,cpio.gz,cpio.xz,ext4,ext4.gz,squashfs,squashfs.gz,manifest,sha256sums';
    const built = await runCli(['build', '.', '--output', output], { cwd: folder, env });
    expect(built).toMatchObject({ status: 0 });
    const dist = join(folder, 'dist');
    const label = process.arch === 'arm64' ? 'arm64' : 'amd64';
    const endings = ['cpio.gz', 'cpio.xz', 'ext4', 'ext4.gz', 'manifest', 'squashfs', 'squashfs.gz', 'tar.gz'];
    const names = endings.map((ending) => `greeter-${label}.${ending}`);
    expect(readdirSync(dist)).toEqual([...names, 'licences.txt', 'sha256sums']);
    const sums = spawnSync('sha256sum', ['-c', 'sha256sums'], { cwd: dist, encoding: 'utf8' });
    expect(sums).toMatchObject({ status: 0, stdout: names.map((name) => `${name}: OK\n`).join('') });
    const manifest = readFileSync(join(dist, `greeter-${label}.manifest`), 'utf8');
    expect(manifest).toBe('libc - 1.20.0-1\nmicropython-mbedtls - 1.20.0-1\n');
    const listed = spawnSync('unsquashfs', ['-l', join(dist, `greeter-${label}.squashfs`)], { encoding: 'utf8' });
    expect(listed.stdout).toContain('squashfs-root/app/main.py\n');
  });

  test('25.12 and later: apk packages, the variant with the higher priority', async () => {
    const base = 'base: {openwrt: {release: 25.12.0, keys: [ec.pem]}}';
    const folder = project(`name: greeter\n${base}\ntargets: ${architecture}\n`);
    writeFileSync(join(folder, 'ec.pem'), server.apkKey);
    const env = { KILOPY_OPENWRT_MIRROR: server.url, KILOPY_CACHE: scratch() };
    const built = await runCli(['build', '.', '--json', '--output', 'tar'], { cwd: folder, env });
    expect(built).toMatchObject({ status: 0 });
    const lock = JSON.parse(readFileSync(join(folder, 'kilopy.lock'), 'utf8')) as {
      sections: { packages: { name: string }[] }[];
    };
    expect(lock.sections[0]?.packages.map(({ name }) => name)).toEqual(['libc', 'micropython-mbedtls']);
    const run = await runCli(['run', '.', '--offline', '--quiet'], { cwd: folder, env });
    expect(run).toMatchObject({ status: 0, stdout: expect.stringContaining('Hello') as string });
  });

  test.each([
    [
      'a key that is not named',
      'name: greeter\nbase: openwrt\ntargets: x86_64\n',
      ['--release', '23.05.5'],
      5,
      'KP5001',
    ],
    ['a release that is none', keyed, ['--release', 'bookworm'], 2, 'KP2003'],
    ['a release that the server lacks', keyed, ['--release', '22.03.0'], 4, 'KP2303'],
    ['an architecture without a usual target', keyed, ['--target', 'mips_4kec'], 2, 'KP2301'],
    ['a suite, which OpenWrt has not', keyed, ['--suite', 'trixie'], 2, 'KP2011'],
  ] as const)('%s is refused', async (_, yaml, words, status, code) => {
    const env = { KILOPY_OPENWRT_MIRROR: server.url, KILOPY_CACHE: scratch(), KILOPY_ATTEMPTS: '1' };
    const result = await runCli(['build', '.', '--json', '--output', 'tar', ...words], { cwd: project(yaml), env });
    expect({
      status: result.status,
      code: (JSON.parse(result.stdout) as { error: { code: string } }).error.code,
    }).toEqual({
      status,
      code,
    });
  });
});

async function mipsel(one: Parameters<typeof makeIpk>[0]): ReturnType<typeof makeIpk> {
  return await makeIpk({ ...one, architecture: 'mipsel_24kc' });
}

test('--device: its processor is the target, and what cannot fit its flash ends with 3 before anything is made', async () => {
  const modules = JSON.stringify({ version: '1.20.0', names: [], libraryFiles: [] });
  const files = await makeOpenwrtRelease({
    release: '23.05.5',
    board: 'malta/le',
    architecture: 'mipsel_24kc',
    byHand: [await mipsel({ name: 'libc', version: '1' }), await mipsel({ name: 'kernel', version: '1' })],
    feeds: {
      packages: [
        await mipsel({
          name: 'micropython-mbedtls',
          version: '1',
          fields: { Provides: 'micropython' },
          // What it has is told, because nobody can run it.
          content: { 'usr/bin/micropython': 'x', 'usr/share/kilopy/it.modules.json': modules },
        }),
      ],
    },
  });
  const own = await serveOpenwrt(files.files);
  try {
    const folder = join(scratch(), 'app');
    mkdirSync(folder);
    writeFileSync(join(folder, 'main.py'), 'print(1)\n');
    writeFileSync(join(folder, 'key.pub'), files.publicKey);
    writeFileSync(join(folder, 'kilopy.yaml'), 'base: {openwrt: {release: 23.05.5, keys: [key.pub]}}\n');
    const env = { KILOPY_OPENWRT_MIRROR: own.url, KILOPY_CACHE: scratch() };
    const build = ['build', '.', '--device', 'minew_g1-c', '--output', 'squashfs'];
    expect(await runCli(build, { cwd: folder, env })).toMatchObject({ status: 0 });
    expect(readdirSync(join(folder, 'dist'))).toContain('app-mipsle.squashfs');
    rmSync(join(folder, 'dist'), { recursive: true });
    const noise = randomBytes(110_000);
    writeFileSync(join(folder, 'noise'), randomBytes(22_000_000));
    const tooLarge = await runCli(build, { cwd: folder, env });
    expect(tooLarge.status).toBe(3);
    expect(tooLarge.stderr).toMatch(/^error KP2322: Minew G1-C: does not fit by \d+ kB; biggest: app 22001 kB/mu);
    expect(existsSync(join(folder, 'dist'))).toBe(false);
    // What flash holds is measured for other outputs too: much that gzip leaves large is small for xz, which looks further back.
    writeFileSync(join(folder, 'noise'), Buffer.concat(Array.from({ length: 200 }, () => noise)));
    const archive = ['build', '.', '--device', 'minew_g1-c', '--output', 'tar.gz'];
    expect(await runCli(archive, { cwd: folder, env })).toMatchObject({ status: 0 });
    expect(readdirSync(join(folder, 'dist'))).not.toContain('app-mipsle.squashfs');
    writeFileSync(join(folder, 'noise'), randomBytes(15_744 * 1024 - 2 * 1024 * 1024 - 5 * 64 * 1024));
    expect((await runCli(archive, { cwd: folder, env })).stderr).toMatch(
      /does not fit by \d+ kB; biggest: app \d+ kB, kernel 2098 kB/u,
    );
    const withoutTools = { ...env, PATH: join(folder, 'none') };
    const untold = await runCli(archive, { cwd: folder, env: withoutTools });
    expect(untold).toMatchObject({ status: 0 });
    expect(untold.stderr).toMatch(/warning.*was not measured: .*sqfstar/u);
    const other = await runCli([...build, '--target', 'mips_24kc'], { cwd: folder, env });
    expect(other.stderr).toContain('KP2321');
  } finally {
    own.close();
  }
});
