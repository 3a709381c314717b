import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { runCli, scratch, type CliResult } from '../support/cli.ts';
import type { TestApk } from '../support/apk-repository.ts';
import { makeApkRelease, type ApkRelease } from '../support/openwrt-apk-release.ts';
import { serveOpenwrt, type OpenwrtServer } from '../support/openwrt-server.ts';

const init = '#!/bin/sh /etc/rc.common\nSTART=19\nSTOP=50\n';
const postinst =
  '#!/bin/sh\n[ "${IPKG_NO_SCRIPT}" = "1" ] && exit 0\n[ -s ${IPKG_INSTROOT}/lib/functions.sh ] || exit 0\n' +
  '. ${IPKG_INSTROOT}/lib/functions.sh\nexport root="${IPKG_INSTROOT}"\nexport pkgname="dnsmasq"\n' +
  'add_group_and_user\ndefault_postinst\n';

/** The default packages of malta in 25.12, of which only the ones that matter here have content. */
const empty =
  'ca-bundle dropbear fstools logd mtd netifd uci uclient-fetch urandom-seed urngd libustream-mbedtls procd-ujail odhcp6c ' +
  'odhcpd-ipv6only ppp ppp-mod-pppoe firewall4 nftables kmod-nft-offload wpad-basic-mbedtls kmod-mac80211-hwsim ' +
  'kmod-pcnet32 mkf2fs e2fsprogs libgcc';

const core: readonly TestApk[] = [
  { name: 'libc', version: '1.2.5-r5', content: { 'lib/libc.so': 'musl' } },
  { name: 'kernel', version: '6.12.40~0123456789abcdef-r1' },
  {
    name: 'base-files',
    version: '1600-r30000',
    depends: ['libc'],
    content: {
      'etc/passwd': 'root:x:0:0:root:/root:/bin/ash\n',
      'etc/group': 'root:x:0:\n',
      'etc/shadow': 'root:::0:99999:7:::\n',
      'etc/init.d/boot': init.replace('19', '10'),
    },
  },
];

const base: readonly TestApk[] = [
  ...empty.split(' ').map((name) => ({ name, version: '1-r1', provides: [`${name}-any`] })),
  {
    name: 'libubox20240329',
    version: '2024.03.29-r1',
    provides: ['libubox', 'libubox-any'],
    providerPriority: 10,
    tags: ['openwrt:abiversion=20240329'],
  },
  {
    name: 'apk-mbedtls',
    version: '3.0.5-r1',
    provides: ['apk'],
    providerPriority: 100,
    content: { 'usr/bin/apk': 'x' },
  },
  {
    name: 'dnsmasq',
    version: '2.91-r1',
    scripts: new Map([['post-install', postinst]]),
    content: {
      'etc/init.d/dnsmasq': init,
      'lib/apk/packages/dnsmasq.list': '/etc/init.d/dnsmasq\n',
      'lib/apk/packages/dnsmasq.rusers': 'dnsmasq=453:dnsmasq=453\n',
    },
  },
  {
    name: 'coreutils-base64',
    version: '9.7-r1',
    content: {
      'usr/libexec/base64-coreutils': 'x',
      'lib/apk/packages/coreutils-base64.alternatives': '300:/usr/bin/base64:/usr/libexec/base64-coreutils\n',
    },
  },
];

const packages: readonly TestApk[] = [
  {
    name: 'micropython-mbedtls',
    version: '1.23.0-r1',
    provides: ['micropython'],
    providerPriority: 100,
    content: { 'usr/bin/micropython': 'x' },
  },
  { name: 'micropython-nossl', version: '1.23.0-r1', provides: ['micropython'], providerPriority: 10 },
  { name: 'luci-app', version: '1-r1', depends: ['dnsmasq', 'libubox'] },
];

const realdata = join(
  process.env.KILOPY_REALDATA ?? resolve(import.meta.dirname, '../../../shared/realdata'),
  'openwrt',
);
const place = { release: '25.12.0', board: 'malta/le', architecture: 'mipsel_24kc' };

describe('kilopy imagebuilder with a release of apk', () => {
  let made: ApkRelease;
  let server: OpenwrtServer;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kilopy-imagebuilder-apk-'));
    made = makeApkRelease({ ...place, feeds: { core, base, packages } });
    server = await serveOpenwrt(made.files);
    writeFileSync(join(folder, 'ec.pem'), made.publicKey);
  });

  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  async function run(verb: string, ...words: readonly string[]): Promise<CliResult> {
    const env = { KILOPY_OPENWRT_MIRROR: server.url, KILOPY_CACHE: join(folder, 'store'), KILOPY_ATTEMPTS: '1' };
    const target = ['--release', '25.12.0', '--target', 'malta/le', '--keys', 'ec.pem'];
    return await runCli(['imagebuilder', verb, ...target, ...words], { cwd: folder, env });
  }

  test("an image: apk's database, users and alternatives out of files, services, the key, the feeds", async () => {
    const out = scratch();
    const packagesWord = 'PACKAGES=micropython coreutils-base64 libubox -ppp-mod-pppoe';
    const words = [packagesWord, 'DISABLED_SERVICES=boot', 'ADD_LOCAL_KEY=1', 'ROOTFS_FILESYSTEM=targz'];
    const result = await run('image', '--json', ...words, `BIN_DIR=${out}`);
    expect(result).toMatchObject({ status: 0 });
    expect(JSON.parse(result.stdout)).toMatchObject({
      services: { enabled: ['dnsmasq'], disabled: ['boot'] },
      warnings: [],
    });
    const manifest = readFileSync(join(out, 'openwrt-malta-le-default.manifest'), 'utf8').split('\n');
    expect(manifest).toEqual(
      expect.arrayContaining(['kernel - 6.12.40~0123456789abcdef-r1', 'micropython-mbedtls - 1.23.0-r1']),
    );
    expect(manifest.join('\n')).not.toMatch(/nossl|ppp-mod/u);
    const root = scratch();
    const archive = join(out, 'openwrt-malta-le-default-rootfs.tar.gz');
    execFileSync('tar', ['xzf', archive, '-C', root]);
    const read = (path: string): string => readFileSync(join(root, path), 'utf8');
    expect(read('etc/passwd')).toContain('dnsmasq:x:453:453:dnsmasq:/var/run/dnsmasq:/bin/false\n');
    expect(spawnSync('readlink', [join(root, 'usr/bin/base64')], { encoding: 'utf8' }).stdout).toBe(
      '/usr/libexec/base64-coreutils\n',
    );
    expect(read('etc/apk/arch')).toBe('mipsel_24kc\n');
    // A library is asked for by the name of its interface, as ImageBuilder does.
    expect(read('etc/apk/world').split('\n')).toEqual(expect.arrayContaining(['libubox20240329', 'micropython']));
    expect(read('etc/apk/keys/ec.pem')).toBe(made.publicKey);
    expect(read('etc/apk/repositories.d/distfeeds.list')).toContain(
      `${server.url}/releases/25.12.0/targets/malta/le/packages/packages.adb\n`,
    );
    expect(read('lib/apk/db/installed')).toMatch(/^P:dnsmasq\nV:2\.91-r1\nA:mipsel_24kc\n/mu);
    const scripts = spawnSync('tar', ['tzf', join(root, 'lib/apk/db/scripts.tar.gz')], { encoding: 'utf8' });
    expect(scripts.stdout).toMatch(/^dnsmasq-2\.91-r1\.Q1.*\.post-install$/mu);
    const profiles = JSON.parse(readFileSync(join(out, 'profiles.json'), 'utf8')) as { linux_kernel: object };
    expect(profiles.linux_kernel).toEqual({ version: '6.12.40', release: '1', vermagic: '0123456789abcdef' });
  });

  test.skipIf(!existsSync(realdata))(
    'genuine packages of others in the feeds of a release, each signed by its own key (realdata)',
    async () => {
      const mossdef = join(realdata, 'mossdef-apk');
      const release = makeApkRelease({ ...place, feeds: { core, base }, folders: { luci: mossdef } });
      const other = await serveOpenwrt(release.files);
      onTestFinished(() => other.close());
      const keys = scratch();
      writeFileSync(join(keys, 'ec.pem'), release.publicKey);
      const env = { KILOPY_OPENWRT_MIRROR: other.url, KILOPY_CACHE: join(folder, 'store'), KILOPY_ATTEMPTS: '1' };
      const target = ['--release', '25.12.0', '--target', 'malta/le', '--keys', keys];
      const wanted = 'PACKAGES=luci-theme-glass static-device-names wireless-regdb';
      const words = [wanted, 'ROOTFS_FILESYSTEM=targz', `BIN_DIR=${keys}/out`];
      const refused = await runCli(['imagebuilder', 'image', ...target, ...words], { cwd: folder, env });
      expect(refused).toMatchObject({ status: 5, stderr: expect.stringContaining('KP5001') as string });
      const whole = ['imagebuilder', 'image', '--json', ...target, '--keys', mossdef, ...words];
      const image = await runCli(whole, { cwd: folder, env });
      expect({ status: image.status, error: image.status === 0 ? '' : image.stdout }).toEqual({ status: 0, error: '' });
      const { services, warnings } = JSON.parse(image.stdout) as {
        services: { enabled: string[] };
        warnings: string[];
      };
      expect({ enabled: services.enabled, warnings }).toEqual({
        enabled: expect.arrayContaining(['static-device-names']) as string[],
        warnings: [expect.stringContaining('do something of their own: luci-theme-glass 1.1.6-r1 (post-install)')],
      });
      const archive = gunzipSync(readFileSync(join(keys, 'out/openwrt-malta-le-default-rootfs.tar.gz')));
      const show = (path: string): string =>
        spawnSync('tar', ['xO', path], { input: archive, encoding: 'utf8' }).stdout;
      expect(show('lib/apk/db/installed')).toMatch(/^P:luci-theme-glass\nV:1\.1\.6-r1\n/mu);
      expect(show('lib/apk/packages/static-device-names.list')).toContain('/etc/init.d/static-device-names\n');
    },
    240_000,
  );

  test('manifest without interface versions, depends, whatdepends, and what cannot be', async () => {
    const manifest = await run('manifest', 'PACKAGES=libubox', 'STRIP_ABI=1');
    expect(manifest.stdout).toMatch(/^libubox - 2024\.03\.29-r1$/mu);
    expect((await run('package_depends', 'PACKAGE=luci-app')).stdout).toBe('dnsmasq\nlibubox\n');
    for (const wanted of ['libubox20240329', 'libubox', 'libub*'])
      expect((await run('package_whatdepends', `PACKAGE=${wanted}`)).stdout).toBe('luci-app\n');
    expect((await run('package_depends', 'PACKAGE=luci-*')).stdout).toBe('dnsmasq\nlibubox\n');
    expect(await run('package_depends', 'PACKAGE=nothing')).toMatchObject({ status: 7 });
    const needed = await run('manifest', 'PACKAGES=luci-app -dnsmasq');
    expect(needed).toMatchObject({ status: 7 });
    expect(needed.stderr).toMatch(/KP2311.*dnsmasq[\s\S]*luci-app depends on dnsmasq/u);
    const env = { KILOPY_OPENWRT_MIRROR: server.url, KILOPY_CACHE: scratch(), KILOPY_ATTEMPTS: '1' };
    const target = ['--release', '25.12.0', '--target', 'malta/le'];
    const keyless = await runCli(['imagebuilder', 'manifest', ...target], { cwd: folder, env });
    expect({ status: keyless.status, stderr: keyless.stderr }).toEqual({
      status: 5,
      stderr: expect.stringContaining('KP5001') as string,
    });
  });

  test('an unpacked ImageBuilder: its own packages are taken as files, and in the versions that it has', async () => {
    const from = scratch();
    const own = makeApkRelease({
      ...place,
      feeds: { core: [{ name: 'base-files', version: '1599-r1' }, ...core.slice(0, 2)] },
    });
    mkdirSync(join(from, 'packages'));
    mkdirSync(join(from, 'keys'));
    for (const [path, bytes] of own.files) {
      if (path.endsWith('.apk')) writeFileSync(join(from, 'packages', path.split('/').at(-1) ?? ''), bytes);
    }
    writeFileSync(join(from, 'keys/openwrt-25.12.pem'), made.publicKey);
    writeFileSync(
      join(from, '.config'),
      'CONFIG_USE_APK=y\nCONFIG_TARGET_BOARD="malta"\nCONFIG_TARGET_SUBTARGET="le"\n',
    );
    writeFileSync(
      join(from, '.targetinfo'),
      'Target: malta/le\nTarget-Arch-Packages: mipsel_24kc\nDefault-Packages: base-files libc dnsmasq\n',
    );
    const feed = `${server.url}/releases/25.12.0`;
    const lines = [`${feed}/targets/malta/le/packages`, `${feed}/packages/mipsel_24kc/base`, 'packages'];
    writeFileSync(join(from, 'repositories'), lines.map((line) => `${line}/packages.adb\n`).join(''));
    const env = { KILOPY_CACHE: join(folder, 'store') };
    const manifest = await runCli(['imagebuilder', 'manifest', '--from', from], { cwd: folder, env });
    expect(manifest.stdout).toBe(
      'base-files - 1599-r1\ndnsmasq - 2.91-r1\nkernel - 6.12.40~0123456789abcdef-r1\nlibc - 1.2.5-r5\n',
    );
    const image = ['imagebuilder', 'image', '--from', from, 'ROOTFS_FILESYSTEM=targz', `BIN_DIR=${from}/out`];
    expect(await runCli(image, { cwd: folder, env })).toMatchObject({ status: 0 });
    const archive = gunzipSync(readFileSync(join(from, 'out/openwrt-malta-le-default-rootfs.tar.gz')));
    const { stdout } = spawnSync('tar', ['xO', 'etc/apk/world'], { input: archive, encoding: 'utf8' });
    expect(stdout).toContain('base-files=1599-r1\n');
  });
});
