import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { runCli, scratch } from '../support/cli.ts';
import { rootEnvironment } from '../support/run-in-root.ts';

const realdata = process.env.KILOPY_REALDATA ?? resolve(import.meta.dirname, '../../../shared/realdata');
const openwrt = join(realdata, 'openwrt');

test.skipIf(!existsSync(openwrt))(
  'a root file system of the packages of 2019: the manifest of the record, programs run, nothing is unexplained',
  async () => {
    const folder = scratch();
    const feeds = ['Core', 'r3p'].flatMap((name) => ['--feed', join(openwrt, `nooblog-${name}-mipsel_24kc`)]);
    const packages = 'PACKAGES=base-files busybox dropbear netifd opkg procd uci';
    const words = [
      'PROFILE=Default',
      packages,
      'DISABLED_SERVICES=sysntpd',
      `BIN_DIR=${folder}`,
      'ROOTFS_FILESYSTEM=targz',
    ];
    const target = ['--release', '19.07.0', '--target', 'malta/le', '--allow-untrusted'];
    const made = await runCli(['imagebuilder', 'image', '--json', ...target, ...feeds, ...words], { cwd: folder });
    expect(made.status).toBe(0);
    expect(JSON.parse(made.stdout)).toMatchObject({ services: { disabled: ['sysntpd'] } });
    const prefix = join(folder, 'openwrt-malta-le-default');
    const manifest = readFileSync(`${prefix}.manifest`, 'utf8');
    expect(manifest).toBe(readFileSync(join(openwrt, 'expected-nooblog/list-installed.txt'), 'utf8'));
    const root = join(folder, 'root');
    mkdirSync(root);
    execFileSync('tar', ['xzf', `${prefix}-rootfs.tar.gz`, '-C', root, '--no-same-owner']);
    const busybox = spawnSync('qemu-mipsel-static', ['-L', root, join(root, 'bin/busybox'), 'uname', '-m'], {
      encoding: 'utf8',
    });
    expect(busybox).toMatchObject({ status: 0, stdout: expect.stringContaining('mips') as string });
    const inspected = await runCli(['inspect', '--json', `${prefix}-rootfs.tar.gz`], { cwd: folder });
    const [image] = (
      JSON.parse(inspected.stdout) as { images: { explained: { paths: number; unexplained: string[] } }[] }
    ).images;
    expect((image?.explained.unexplained.length ?? 1) / (image?.explained.paths ?? 1)).toBeLessThanOrEqual(0.02);

    const container = words.map((word) => (word.startsWith('ROOTFS_') ? 'ROOTFS_FILESYSTEM=oci' : word));
    const packed = await runCli(['imagebuilder', 'image', ...target, ...feeds, ...container], { cwd: folder });
    expect(packed.status).toBe(0);
    const whole = await runCli(['inspect', '--json', `${prefix}-rootfs.oci.tar`], { cwd: folder });
    // OpenWrt's own containers say amd64.
    expect(JSON.parse(whole.stdout)).toMatchObject({ images: [{ platform: 'linux/mipsle' }] });

    // The whole image under qemu-user: its loader, its libraries, its package manager, and what opkg wrote down.
    mkdirSync(join(root, 'tmp/lock'), { recursive: true });
    cpSync('/usr/bin/qemu-mipsel-static', join(root, 'qemu'));
    const chroot = ['chroot', root, '/qemu', '/bin/opkg', 'list-installed'];
    const command = process.getuid?.() === 0 ? chroot : ['unshare', '--map-root-user', ...chroot];
    const { stdout } = spawnSync(command[0] ?? '', command.slice(1), {
      encoding: 'utf8',
      timeout: 120_000,
      env: rootEnvironment,
    });
    expect(stdout).toBe(manifest);
  },
  240_000,
);
