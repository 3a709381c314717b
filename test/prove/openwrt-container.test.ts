import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPodman, type TestEngine } from '../support/engines.ts';
import { runCli, scratch } from '../support/cli.ts';
import { whole } from '../support/extent.ts';

/** A complete root file system of OpenWrt as a container, under podman and qemu-user. Needs root. */
const realdata = process.env.KILOPY_REALDATA ?? resolve(import.meta.dirname, '../../../shared/realdata');
const openwrt = join(realdata, 'openwrt');
const binfmt = '/proc/sys/fs/binfmt_misc';
const name = 'kilopy-test-openwrt-mipsel';
let engine: TestEngine | undefined;
let mounted = false;

beforeAll(async () => {
  if (!whole || !existsSync(openwrt)) return;
  if (!existsSync(join(binfmt, 'register'))) {
    execFileSync('mount', ['-t', 'binfmt_misc', 'binfmt_misc', binfmt]);
    mounted = true;
  }
  const text = readFileSync('/usr/share/binfmts/qemu-mipsel', 'utf8');
  const field = (key: string): string => new RegExp(`^${key} (.*)$`, 'mu').exec(text)?.[1] ?? '';
  const line = `:${name}:M::${field('magic')}:${field('mask')}:/usr/bin/qemu-mipsel-static:F`;
  writeFileSync(join(binfmt, 'register'), line);
  engine = await startPodman();
});

afterAll(async () => {
  await engine?.stop();
  if (existsSync(join(binfmt, name))) writeFileSync(join(binfmt, name), '-1');
  if (mounted) execFileSync('umount', [binfmt]);
});

test.skipIf(!whole || !existsSync(openwrt))(
  'OpenWrt as a container: shell, package manager, links of services (realdata)',
  async () => {
    const folder = scratch();
    const feeds = ['Core', 'r3p'].flatMap((feed) => ['--feed', join(openwrt, `nooblog-${feed}-mipsel_24kc`)]);
    const packages = 'PACKAGES=base-files busybox dropbear netifd opkg procd uci';
    const words = [packages, `BIN_DIR=${folder}`, 'ROOTFS_FILESYSTEM=oci'];
    const target = ['--release', '19.07.0', '--target', 'malta/le', '--allow-untrusted'];
    expect(await runCli(['imagebuilder', 'image', ...target, ...feeds, ...words])).toMatchObject({ status: 0 });
    await engine?.must('load', '--input', join(folder, 'openwrt-malta-le-default-rootfs.oci.tar'));
    const script =
      'uname -m; id -u; opkg list-installed | grep -c .; uci show system.@system[0].hostname; ls /etc/rc.d/S10boot';
    const options = [...(engine?.runOptions ?? []), '--platform', 'linux/mipsle'];
    const said = await engine?.must('run', '--rm', ...options, 'openwrt-malta-le:19.07.0', '/bin/ash', '-c', script);
    expect(said).toMatch(/^mips\n0\n30\n/u);
    expect(said).toContain('/etc/rc.d/S10boot');
  },
  300_000,
);
