import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { giveToNobody, runCliAsNobody } from '../support/as-nobody.ts';
import { runCli, scratch, type CliResult } from '../support/cli.ts';
import { makeOpenwrtRelease, serveOpenwrt, type OpenwrtFiles, type OpenwrtServer } from '../support/openwrt-server.ts';
import { makeIpk, type TestIpk } from '../support/opkg-repository.ts';

const init = '#!/bin/sh /etc/rc.common\nSTART=19\nSTOP=50\n';

/** The default packages of malta in 23.05, of which only the ones that matter here have content. */
const empty =
  'ca-bundle dropbear fstools logd mtd netifd uci uclient-fetch urandom-seed urngd libustream-mbedtls procd-ujail opkg odhcp6c ' +
  'odhcpd-ipv6only ppp ppp-mod-pppoe nftables kmod-nft-offload wpad-basic-mbedtls kmod-mac80211-hwsim kmod-pcnet32 mkf2fs e2fsprogs';

const packages: readonly TestIpk[] = [
  ...empty.split(' ').map((name) => ({ name, version: '1' })),
  { name: 'libgcc1', version: '12.3.0-4', fields: { Provides: 'libgcc', ABIVersion: '1' } },
  {
    name: 'base-files',
    version: '1550-r24106',
    fields: { Depends: 'libc' },
    content: {
      'etc/passwd': 'root:x:0:0:root:/root:/bin/ash\n',
      'etc/group': 'root:x:0:\n',
      'etc/shadow': 'root:::0:99999:7:::\n',
      'etc/init.d/boot': init.replace('19', '10'),
      'etc/banner': 'OpenWrt\n',
    },
  },
  { name: 'dnsmasq', version: '2.90-2', content: { 'etc/init.d/dnsmasq': init } },
  { name: 'firewall4', version: '2023', content: { 'etc/init.d/firewall': init } },
  {
    name: 'micropython-mbedtls',
    version: '1.20.0-1',
    fields: { Provides: 'micropython' },
    content: { 'usr/bin/micropython': 'x' },
  },
  { name: 'luci-app', version: '1', fields: { Depends: 'dnsmasq' } },
  { name: 'needs-gcc', version: '1', fields: { Depends: 'libgcc1' } },
  { name: 'clash', version: '1', content: { 'etc/banner': 'mine\n' } },
  { name: 'scripted', version: '1', scripts: { postinst: '#!/bin/sh\nmkdir -p ${IPKG_INSTROOT}/data\n' } },
  { name: 'large', version: '1', content: { 'usr/large': noise(2_000_000) } },
];

/** Of the release, by the end of their names. */
const kernelFiles = { 'vmlinux.elf': 'ELF', 'uImage-gzip': 'U-Boot and gzip', 'uImage-lzma': 'U-Boot and LZMA' };

function noise(length: number): string {
  let text = '';
  for (let seed = 1; text.length < length; seed = (seed * 48_271) % 2_147_483_647) text += seed.toString(36);
  return text;
}

function tarList(archive: string): readonly string[] {
  const { stdout } = spawnSync('tar', ['tvzf', archive, '--numeric-owner'], { encoding: 'utf8' });
  return stdout.trimEnd().split('\n');
}

function feedFolder(name: string): string {
  const target = 'releases/23.05.5/targets/malta/be/packages';
  return name === 'core' ? target : `releases/23.05.5/packages/mips_24kc/${name}`;
}

describe('kilopy imagebuilder', () => {
  let made: OpenwrtFiles;
  let server: OpenwrtServer;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kilopy-imagebuilder-'));
    const all = await Promise.all(packages.map(makeIpk));
    const libc = await makeIpk({ name: 'libc', version: '1.2.4-4', content: { 'lib/libc.so': 'musl' } });
    made = await makeOpenwrtRelease({
      release: '23.05.5',
      board: 'malta/be',
      architecture: 'mips_24kc',
      byHand: [libc, await makeIpk({ name: 'kernel', version: '5.15.167-1' })],
      feeds: { base: all },
      targetFiles: Object.fromEntries(
        Object.entries(kernelFiles).map(([name, text]) => [`openwrt-23.05.5-malta-be-${name}`, Buffer.from(text)]),
      ),
    });
    server = await serveOpenwrt(made.files);
    writeFileSync(join(folder, 'key.pub'), made.publicKey);
    writeFileSync(join(folder, 'libc.ipk'), libc.bytes);
  });

  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  async function run(verb: string, ...words: readonly string[]): Promise<CliResult> {
    const env = { KILOPY_OPENWRT_MIRROR: server.url, KILOPY_CACHE: join(folder, 'store'), KILOPY_ATTEMPTS: '1' };
    const target = ['--release', '23.05.5', '--target', 'malta/be', '--keys', 'key.pub'];
    return await runCli(['imagebuilder', verb, ...target, ...words], { cwd: folder, env });
  }

  test('the line of the ImageBuilder makes its files, twice the same', async () => {
    const files = join(scratch(), 'files');
    mkdirSync(join(files, 'etc/config'), { recursive: true });
    writeFileSync(join(files, 'etc/config/app'), "option name '${NAME}'\n");
    writeFileSync(join(files, 'etc/secret'), 's');
    writeFileSync(join(files, 'etc/run'), '#!/bin/sh\n');
    chmodSync(join(files, 'etc/secret'), 0o444);
    chmodSync(join(files, 'etc/run'), 0o700);
    chmodSync(join(files, 'etc/config'), 0o700);
    writeFileSync(
      join(files, 'kilopy-files.yaml'),
      'etc/secret: {mode: "0600", uid: 100, gid: 101}\netc/config/app: {template: true}\n',
    );
    const words = ['PROFILE=Default', 'PACKAGES=micropython -dnsmasq', `FILES=${files}`, 'DISABLED_SERVICES=firewall'];
    const outputs = [scratch(), scratch()];
    for (const out of outputs) {
      const result = await run('image', '--set', 'NAME=knot', ...words, `BIN_DIR=${out}`, 'EXTRA_IMAGE_NAME=My_App');
      expect(result).toMatchObject({ status: 0 });
    }
    const [first = '', second = ''] = outputs;
    const prefix = 'openwrt-my-app-malta-be';
    expect(readdirSync(first)).toEqual([
      `${prefix}-default-rootfs.tar.gz`,
      `${prefix}-default.manifest`,
      `${prefix}-rootfs-ext4.img.gz`,
      `${prefix}-rootfs-squashfs.img.gz`,
      `${prefix}-rootfs.cpio.gz`,
      `${prefix}-uImage-gzip`,
      `${prefix}-uImage-lzma`,
      `${prefix}-vmlinux.elf`,
      'profiles.json',
      'sha256sums',
    ]);
    for (const name of readdirSync(first)) {
      expect(readFileSync(join(first, name)).equals(readFileSync(join(second, name))), name).toBe(true);
    }
    const sums = spawnSync('sha256sum', ['-c', '--quiet', 'sha256sums'], { cwd: first, encoding: 'utf8' });
    expect({ status: sums.status, stderr: sums.stderr }).toEqual({ status: 0, stderr: '' });
    const list = tarList(join(first, `${prefix}-default-rootfs.tar.gz`));
    const line = (path: string): string | undefined => list.find((one) => one.includes(` ${path}`));
    expect(line('etc/secret')).toMatch(/^-rw------- 100\/101 /u);
    expect(line('etc/run')).toMatch(/^-rwxr-xr-x 0\/0 /u);
    expect(line('etc/config/')).toMatch(/^drwxr-xr-x 0\/0 /u);
    expect(line('kilopy-files.yaml')).toBeUndefined();
    expect(line('etc/init.d/dnsmasq')).toBeUndefined();
    expect(line('etc/rc.d/S10boot')).toContain('../init.d/boot');
    expect(line('etc/rc.d/S19firewall')).toBeUndefined();
    const config = spawnSync('tar', ['xzOf', join(first, `${prefix}-default-rootfs.tar.gz`), 'etc/config/app'], {
      encoding: 'utf8',
    });
    expect(config.stdout).toBe("option name 'knot'\n");
    const manifest = readFileSync(join(first, `${prefix}-default.manifest`), 'utf8').split('\n');
    expect(manifest).toEqual(
      expect.arrayContaining(['kernel - 5.15.167-1', 'libc - 1.2.4-4', 'micropython-mbedtls - 1.20.0-1']),
    );
    expect(manifest.some((one) => one.startsWith('dnsmasq '))).toBe(false);
    const profiles = JSON.parse(readFileSync(join(first, 'profiles.json'), 'utf8')) as Record<string, unknown>;
    expect(profiles).toMatchObject({
      metadata_version: 1,
      target: 'malta/be',
      arch_packages: 'mips_24kc',
      profiles: { Default: {} },
    });
    expect(readFileSync(join(first, `${prefix}-vmlinux.elf`), 'utf8')).toBe('ELF');
    const disk = join(scratch(), 'root.squashfs');
    writeFileSync(disk, gunzipSync(readFileSync(join(first, `${prefix}-rootfs-squashfs.img.gz`))));
    // The overlay of a device is behind the file system.
    expect(statSync(disk).size).toBe(104 * 1024 * 1024);
    const squashfs = spawnSync('unsquashfs', ['-lln', disk], { encoding: 'utf8' });
    expect(squashfs.stdout).toMatch(/^crw------- 0\/0 +5, +1 .*dev\/console$/mu);
    const ext4 = join(scratch(), 'root.ext4');
    writeFileSync(ext4, gunzipSync(readFileSync(join(first, `${prefix}-rootfs-ext4.img.gz`))));
    expect(statSync(ext4).size).toBe(104 * 1024 * 1024);
    expect(spawnSync('/sbin/e2fsck', ['-fn', ext4], { encoding: 'utf8' })).toMatchObject({ status: 0 });
    const debugfs = spawnSync('/sbin/debugfs', ['-R', 'stat /etc/secret', ext4], { encoding: 'utf8' });
    expect(debugfs.stdout).toMatch(/Mode: +0600[\s\S]*User: +100 +Group: +101/u);
    const cpio = gunzipSync(readFileSync(join(first, `${prefix}-rootfs.cpio.gz`)));
    const listed = spawnSync('cpio', ['-tv'], { input: cpio, encoding: 'utf8' });
    expect(listed.stdout).toMatch(/etc\/secret$/mu);
  });

  test('with VERSION_FILENAMES the release is in the names; a server without kernels leaves images without one', async () => {
    const out = scratch();
    const words = ['VERSION_FILENAMES=1', 'ROOTFS_FILESYSTEM=squashfs', `BIN_DIR=${out}`];
    expect(await run('image', ...words)).toMatchObject({ status: 0 });
    expect(readdirSync(out)).toContain('openwrt-23.05.5-malta-be-uImage-lzma');
    const bare = await serveOpenwrt(new Map([...made.files].filter(([path]) => !path.includes('uImage'))));
    onTestFinished(() => bare.close());
    const feeds = ['base', 'core'].flatMap((name) => ['--feed', `${bare.url}/${feedFolder(name)}`]);
    const other = scratch();
    const rest = ['PACKAGES=base-files', 'ROOTFS_FILESYSTEM=squashfs', `BIN_DIR=${other}`, '--keys', 'key.pub'];
    const result = await run('image', ...feeds, '--feed', 'libc.ipk', ...rest);
    expect({ status: result.status, stderr: result.stderr }).toEqual({
      status: 0,
      stderr: expect.stringContaining('no kernel lies beside the root file systems') as string,
    });
    expect(readdirSync(other).filter((name) => /uImage|vmlinux/u.test(name))).toEqual([]);
  });

  test('as a container it says which machine it is for', async () => {
    const out = scratch();
    expect(await run('image', 'ROOTFS_FILESYSTEM=oci', `BIN_DIR=${out}`)).toMatchObject({ status: 0 });
    const image = join(out, 'openwrt-malta-be-default-rootfs.oci.tar');
    const inspected = await runCli(['inspect', '--json', image], { cwd: folder });
    const { images } = JSON.parse(inspected.stdout) as { images: { platform: string; config: object }[] };
    expect(images).toEqual([expect.objectContaining({ platform: 'linux/mips' })]);
  });

  test('info, manifest, depends and whatdepends', async () => {
    const info = await run('info');
    expect(info.stdout).toContain('Current Target: "malta/be"\nCurrent Architecture: "mips_24kc"\n');
    expect(info.stdout).toMatch(/^Default:$/mu);
    const manifest = await run('manifest', 'PACKAGES=micropython', 'STRIP_ABI=1');
    expect(manifest.stdout).toMatch(/^libgcc - 12\.3\.0-4$/mu);
    expect((await run('package_depends', 'PACKAGE=luci-app')).stdout).toBe('dnsmasq\n');
    expect((await run('package_whatdepends', 'PACKAGE=dnsmasq')).stdout).toBe('luci-app\n');
    // As opkg: patterns, and a name that others provide means those.
    for (const wanted of ['libgcc', 'libg*', 'libgcc1'])
      expect((await run('package_whatdepends', `PACKAGE=${wanted}`)).stdout).toBe('needs-gcc\n');
    expect((await run('package_depends', 'PACKAGE=luci-*')).stdout).toBe('dnsmasq\n');
    const json = await run('package_whatdepends', '--json', 'PACKAGE=libc');
    expect(JSON.parse(json.stdout)).toMatchObject({ package: 'libc', whatdepends: ['base-files'] });
  });

  test('a script that was not run is named', async () => {
    const { status, stdout } = await run(
      'image',
      '--json',
      'PACKAGES=scripted',
      `BIN_DIR=${scratch()}`,
      'ROOTFS_FILESYSTEM=targz',
    );
    expect(status).toBe(0);
    expect((JSON.parse(stdout) as { warnings: string[] }).warnings).toEqual([
      expect.stringContaining('scripted 1 (postinst)'),
    ]);
  });

  test('with --compat opkg a removed package comes back, and that is said', async () => {
    const words = ['--json', '--compat', 'opkg', 'PACKAGES=luci-app -dnsmasq', 'ROOTFS_FILESYSTEM=targz'];
    const { status, stdout } = await run('image', ...words, `BIN_DIR=${scratch()}`);
    expect(status).toBe(0);
    const { warnings, packages: installed } = JSON.parse(stdout) as {
      warnings: string[];
      packages: { name: string }[];
    };
    expect(warnings).toEqual([expect.stringContaining('luci-app depends on dnsmasq')]);
    expect(installed.map(({ name }) => name)).toContain('dnsmasq');
  });

  test.each([
    [
      'a removed package that is needed',
      ['PACKAGES=luci-app -dnsmasq'],
      7,
      /KP2311.*dnsmasq[\s\S]*luci-app depends on dnsmasq/u,
    ],
    ['a profile that is not there', ['PROFILE=knot'], 2, /KP2312.*"knot"[\s\S]*Default/u],
    ['an unknown word', ['PACKAGE_LIST=x'], 2, /KP2310.*PACKAGE_LIST/u],
    ['no word at all', ['micropython'], 2, /KP2310/u],
    [
      'an unknown package',
      ['PACKAGES=micropithon'],
      7,
      /KP5502: no feed has micropithon\n +fix: did you mean micropython\?/u,
    ],
    [
      'unknown packages',
      ['PACKAGES=one dnsmask opkg'],
      7,
      /KP5502: no feed has 2 of the packages: one, dnsmask\n +fix: did you mean dnsmasq\?/mu,
    ],
    ['two packages with one file', ['PACKAGES=clash'], 2, /KP7003.*etc\/banner/u],
    [
      'a partition that is too small',
      ['PACKAGES=large', 'ROOTFS_PARTSIZE=1'],
      3,
      /KP2315.*does not fit by \d+ kB[\s\S]*biggest: large/u,
    ],
    [
      'an ext4 that is too small',
      ['PACKAGES=large', 'ROOTFS_PARTSIZE=5', 'ROOTFS_FILESYSTEM=ext4'],
      3,
      /KP2315.*ext4[\s\S]*biggest: large/u,
    ],
    ['a size that is none', ['ROOTFS_PARTSIZE=many'], 2, /KP2310/u],
    ['a file system that is not made', ['ROOTFS_FILESYSTEM=erofs'], 2, /KP2318/u],
    [
      'a device of another target',
      ['--device', 'glinet_gl-mt300n-v2'],
      2,
      /KP1001: --device glinet_gl-mt300n-v2 is of ramips\/mt76x8, and --target says malta\/be/u,
    ],
    ['a branch for a release', ['--release', '23.05'], 2, /KP2003: --release: "23\.05".*\n.*\n +fix: write 23\.05\.6/u],
    [
      'a release that is not there',
      ['--release', '23.05.99'],
      4,
      /KP2303: .*127\.0\.0\.1:\d+ has no OpenWrt 23\.05\.99 for malta\/be/u,
    ],
    ['a server that is no URL', ['--mirror', 'downloads'], 2, /KP2003.*"downloads" is not a URL/u],
    ['a word of the questions', ['PACKAGE=micropython'], 2, /KP2310[\s\S]*fix: write PACKAGES="micropython"/u],
    ['a program that is no opkg', ['--compat', 'opkgg'], 2, /KP1001.*opkgg/u],
    ['a device without a profile', ['--device', 'mikrotik_knot'], 2, /KP2320.*KNOT/u],
    ['a device that nobody knows', ['--device', 'mango'], 2, /KP2320/u],
    ['a folder that is no ImageBuilder', ['--from', '.'], 2, /KP2314/u],
    // `--mirror` answers nothing: it is said before anything is fetched.
    ['a profile that is none', ['PROFILE=nope', '--mirror', 'http://127.0.0.1:9'], 2, /KP2312/u],
    [
      'FILES that are not there',
      ['FILES=/nonexistent/files', '--mirror', 'http://127.0.0.1:9'],
      2,
      /KP2313.*\/nonexistent\/files/u,
    ],
  ] as const)('%s is refused, and nothing is written', async (_, words, status, says) => {
    const out = join(scratch(), 'out');
    const result = await run('image', ...words, `BIN_DIR=${out}`);
    expect({ status: result.status, says: result.stderr }).toEqual({ status, says: expect.stringMatching(says) });
    expect(() => readdirSync(out)).toThrow('ENOENT');
  });

  test.each([
    [['PROFILE=glinet_gl-mt300n-v2'], /fix: write --target ramips\/mt76x8, which has glinet_gl-mt300n-v2/u],
    [['PROFILE=Default'], /fix: write --target malta\/be or malta\/le, which has Default/u],
    [['PROFILE=gl-mt300n'], /did you mean PROFILE=glinet_gl-mt300n-v2\? Of .* the target is ramips\/mt76x8/u],
    [['--target', 'malta'], /did you mean --target malta\/be or malta\/le\?/u],
    [['--target', 'ramips/mt76x9'], /did you mean --target ramips\/mt76x8/u],
    [[], /fix: write --target malta\/be, --device/u],
  ])('%j does not say the target, and the error helps', async (words, says) => {
    const result = await runCli(['imagebuilder', 'info', ...words]);
    expect(result).toMatchObject({ status: 2, stderr: expect.stringMatching(/^error KP2301/u) as string });
    expect(result.stderr).toMatch(says);
  });

  test('words without a value are words that were not written', async () => {
    const place = scratch();
    writeFileSync(join(place, 'mine'), '');
    const env = { KILOPY_OPENWRT_MIRROR: server.url, KILOPY_CACHE: join(folder, 'store') };
    const target = ['--release', '23.05.5', '--target', 'malta/be', '--keys', join(folder, 'key.pub')];
    const words = ['FILES=', 'BIN_DIR=', 'ROOTFS_PARTSIZE=', 'ROOTFS_FILESYSTEM=targz'];
    const result = await runCli(['imagebuilder', 'image', ...target, ...words], { cwd: place, env });
    expect(result).toMatchObject({ status: 0 });
    expect(readdirSync(place)).toEqual(['dist', 'mine']);
    expect(tarList(join(place, 'dist/openwrt-malta-be-default-rootfs.tar.gz')).join('\n')).not.toContain('mine');
  });

  test.each([
    ['BIN_DIR', 'KP1005: .*nothing can be written into'],
    ['FILES', 'KP2313: .*a-file cannot be read'],
  ] as const)('%s without the right to is told before anything is fetched', async (word, says) => {
    const place = scratch();
    mkdirSync(join(place, 'sealed'));
    writeFileSync(join(place, 'sealed/a-file'), '', { mode: 0 });
    giveToNobody(place);
    chmodSync(place, 0o755);
    chmodSync(join(place, 'sealed'), 0o555);
    const words = word === 'FILES' ? ['FILES=sealed'] : ['BIN_DIR=sealed/dist'];
    const env = { KILOPY_CACHE: join(place, 'store'), HOME: place };
    const target = ['--release', '23.05.5', '--target', 'malta/be', '--mirror', 'http://127.0.0.1:9'];
    const result = await runCliAsNobody(['imagebuilder', 'image', ...target, ...words], { cwd: place, env });
    expect(result).toMatchObject({ status: 2, stderr: expect.stringMatching(says) as string });
    expect(readdirSync(join(place, 'sealed'))).toEqual(['a-file']);
  });

  test('a socket in FILES is refused, and a value that is not given', async () => {
    const files = join(scratch(), 'files');
    mkdirSync(files);
    const socket = createServer().listen(join(files, 'sock'));
    onTestFinished(() => void socket.close());
    const result = await run('image', `FILES=${files}`, `BIN_DIR=${scratch()}`);
    expect({ status: result.status, says: result.stderr }).toEqual({
      status: 2,
      says: expect.stringMatching(/KP2313.*a socket/u),
    });
    const template = join(scratch(), 'files');
    mkdirSync(template);
    writeFileSync(join(template, 'kilopy-files.yaml'), 'a: {template: true}\n');
    writeFileSync(join(template, 'a'), '${GONE}');
    const missing = await run('image', `FILES=${template}`, `BIN_DIR=${scratch()}`);
    expect(missing.stderr).toMatch(/KP2313.*\$\{GONE\}/u);
  });

  test('an unpacked ImageBuilder gives target, profiles, default packages, feeds and its own packages', async () => {
    const from = scratch();
    mkdirSync(join(from, 'packages'));
    mkdirSync(join(from, 'keys'));
    for (const one of [
      { name: 'libc', version: '1.2.4-4' },
      { name: 'kernel', version: '5' },
      { name: 'own', version: '7' },
    ]) {
      const { fileName, bytes } = await makeIpk(one);
      writeFileSync(join(from, 'packages', fileName), bytes);
    }
    writeFileSync(join(from, 'keys/0123456789abcdef'), made.publicKey);
    writeFileSync(
      join(from, '.config'),
      'CONFIG_TARGET_BOARD="malta"\nCONFIG_TARGET_SUBTARGET="be"\nCONFIG_VERSION_NUMBER="23.05.5"\nCONFIG_TARGET_ARCH_PACKAGES="mips_24kc"\nCONFIG_VERSION_FILENAMES=y\n',
    );
    writeFileSync(
      join(from, '.targetinfo'),
      [
        'Target: malta/be',
        'Target-Name: MIPS Malta CoreLV board',
        'Target-Arch-Packages: mips_24kc',
        'Target-Description:',
        'Target: not this one',
        '@@',
        'Linux-Version: 5.15.167',
        'Default-Packages: base-files dnsmasq',
        'Target-Profile: DEVICE_my-board',
        'Target-Profile-Name: My board',
        'Target-Profile-Packages: own -dnsmasq',
        '@@',
        '',
      ].join('\n'),
    );
    const feed = `${server.url}/${feedFolder('base')}`;
    const kernels = join(from, 'build_dir/target-mips_24kc_musl/linux-malta_be');
    mkdirSync(kernels, { recursive: true });
    writeFileSync(join(kernels, 'vmlinux'), 'the plain image');
    writeFileSync(join(kernels, 'vmlinux.elf'), 'ELF of the folder');
    writeFileSync(
      join(from, 'repositories.conf'),
      `src/gz openwrt_base ${feed}\nsrc imagebuilder file:packages\noption check_signature\n`,
    );
    const env = { KILOPY_CACHE: join(folder, 'store') };
    const info = await runCli(['imagebuilder', 'info', '--from', from], { cwd: folder, env });
    expect(info.stdout).toContain('Current Target: "malta/be (MIPS Malta CoreLV board)"');
    const manifest = await runCli(['imagebuilder', 'manifest', '--from', from], { cwd: folder, env });
    expect(manifest.stdout).toBe('base-files - 1550-r24106\nkernel - 5\nlibc - 1.2.4-4\nown - 7\n');
    // What no feed has is asked of the sources.
    writeFileSync(
      join(from, '.packageinfo'),
      'Package: gone\nVersion: 3-r1\nDepends: +libc +@X +Y:z +own\nDescription: x\n@@\nPackage: user\nVersion: 1\nDepends: +gone\n',
    );
    const ask = (verb: string, word: string): Promise<CliResult> =>
      runCli(['imagebuilder', verb, '--from', from, word], { cwd: folder, env });
    expect((await ask('package_depends', 'PACKAGE=gone')).stdout).toBe('libc\nown\n');
    expect((await ask('package_whatdepends', 'PACKAGE=gone')).stdout).toBe('user\n');
    const lacking = await ask('manifest', 'PACKAGES=gone');
    expect(lacking.status).toBe(7);
    expect(lacking.stderr).toContain(
      "gone 3-r1 is among the ImageBuilder's sources (.packageinfo), but no feed has it",
    );
    const out = scratch();
    const words = ['ROOTFS_FILESYSTEM=squashfs', `BIN_DIR=${out}`];
    const image = await runCli(['imagebuilder', 'image', '--from', from, ...words], { cwd: folder, env });
    expect(image).toMatchObject({ status: 0 });
    expect(readFileSync(join(out, 'openwrt-23.05.5-malta-be-vmlinux.elf'), 'utf8')).toBe('ELF of the folder');
    const uImage = readFileSync(join(out, 'openwrt-23.05.5-malta-be-uImage-gzip'));
    expect(uImage.toString('latin1', 32, 64)).toMatch(/^MIPS OpenWrt Linux-5\.15\.167\0/u);
    expect(gunzipSync(uImage.subarray(64)).toString()).toBe('the plain image');
    const lzma = spawnSync('xz', ['-dc', '--format=lzma'], {
      input: readFileSync(join(out, 'openwrt-23.05.5-malta-be-uImage-lzma')).subarray(64),
    });
    expect(lzma.stdout.toString()).toBe('the plain image');
    appendFileSync(join(from, '.config'), 'CONFIG_CLEAN_IPKG=y\n');
    const archive = ['ROOTFS_FILESYSTEM=targz', `BIN_DIR=${out}`];
    const lean = await runCli(['imagebuilder', 'image', '--from', from, ...archive], { cwd: folder, env });
    expect(lean).toMatchObject({ status: 0 });
    const names = tarList(join(out, 'openwrt-23.05.5-malta-be-my-board-rootfs.tar.gz')).join('\n');
    expect(names.match(/usr\/lib\/opkg.*/gu)).toEqual(['usr/lib/opkg/', 'usr/lib/opkg/status']);
  });
});
