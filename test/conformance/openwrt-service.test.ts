import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { runCli, scratch } from '../support/cli.ts';
import { deadNetwork } from '../support/recorded-mirror.ts';
import { rootEnvironment } from '../support/run-in-root.ts';

const realdata = process.env.KILOPY_REALDATA ?? resolve(import.meta.dirname, '../../../shared/realdata');
const rootfs = join(realdata, 'openwrt/georglippold-rootfs/rootfs.tar.gz');
const qemu = '/usr/bin/qemu-aarch64-static';
const shell = '/bin/busybox';
const canChroot = [rootfs, qemu, shell].every((path) => existsSync(path)) && process.getuid?.() === 0;

/** A genuine root file system of 19.07 (aarch64). Its opkg and uci are the real ones; its shell is this machine's busybox. */
function unpackRouter(): string {
  const root = scratch();
  execFileSync('tar', ['xzf', rootfs, '-C', root]);
  for (const folder of ['dev', 'proc', 'tmp/lock', 'tmp/run']) mkdirSync(join(root, folder), { recursive: true });
  cpSync(qemu, join(root, 'qemu'));
  cpSync(shell, join(root, 'bin/busybox'));
  renameSync(join(root, 'sbin/uci'), join(root, 'sbin/uci.real'));
  writeFileSync(join(root, 'sbin/uci'), '#!/bin/sh\nexec /qemu /sbin/uci.real "$@"\n');
  chmodSync(join(root, 'sbin/uci'), 0o755);
  return root;
}

test.skipIf(!canChroot)(
  'the real opkg installs a service of ours; the real uci gives its options, which become a module of Python',
  async () => {
    const app = join(scratch(), 'app');
    mkdirSync(app);
    writeFileSync(join(app, 'main.py'), 'print("hello")\n');
    const env = `{GREETING: "it's", PORT: "8080", LOUD: "true"}`;
    writeFileSync(join(app, 'kilopy.yaml'), `name: greeter\nbase: debian\nenv: ${env}\n`);
    const words = ['build', '.', '--base', 'debian', '--offline', '--output', 'openwrt-service'];
    const built = await runCli(words, { cwd: app, env: { ...deadNetwork, SOURCE_DATE_EPOCH: '1700000000' } });
    expect(built).toMatchObject({ status: 0 });
    const ipk = readdirSync(join(app, 'dist')).find((name) => name.endsWith('.ipk')) ?? '';
    const root = unpackRouter();
    cpSync(join(app, 'dist', ipk), join(root, 'greeter.ipk'));
    const inside = (...command: readonly string[]): { status: number | null; stdout: string; stderr: string } =>
      spawnSync('chroot', [root, ...command], { encoding: 'utf8', timeout: 250_000, env: rootEnvironment });

    const refused = inside('/qemu', '/bin/opkg', 'install', '/greeter.ipk');
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toMatch(/Cannot satisfy[^]*micropython/u);
    const installed = inside('/qemu', '/bin/opkg', 'install', '--force-depends', '/greeter.ipk');
    expect(installed).toMatchObject({ status: 0, stdout: expect.stringContaining('Configuring greeter.') as string });
    const status = inside('/qemu', '/bin/opkg', 'status', 'greeter').stdout;
    expect(status).toMatch(/^Status: install user installed$/mu);
    expect(status).toMatch(/^ \/etc\/config\/greeter [0-9a-f]{64}$/mu);
    expect(readFileSync(join(root, 'etc/passwd'), 'utf8')).toMatch(/^greeter:x:\d+:\d+:greeter:/mu);
    const links = readdirSync(join(root, 'etc/rc.d')).filter((name) => name.endsWith('greeter'));
    expect(links).toEqual(['K10greeter', 'S95greeter']);

    const shown = inside('/bin/sh', '-c', 'uci show greeter').stdout;
    expect(shown).toContain(`greeter.main.greeting='it'\\''s'\n`);
    expect(shown).toContain("greeter.main.port='8080'\n");
    const change = [
      'uci set greeter.main.port=-81',
      'uci set greeter.main.loud=off',
      `uci set greeter.main.greeting='two "words" \\ $(id)'`,
      // `uci commit` does not work under qemu-user; what it would write is the same.
      'uci export greeter > /tmp/greeter',
      'mv /tmp/greeter /etc/config/greeter',
      'rm /tmp/.uci/greeter',
    ].join('\n');
    expect(inside('/bin/sh', '-c', change)).toMatchObject({ status: 0, stderr: '' });
    // functions.sh of OpenWrt reads the configuration; procd alone is not there.
    const start = `
      . /lib/functions.sh
      . /etc/init.d/greeter
      procd_open_instance() { :; }
      procd_close_instance() { :; }
      procd_set_param() { echo "$*"; }
      start_service`;
    const started = inside('/bin/sh', '-c', start);
    expect(readFileSync(join(root, 'tmp/run/kilopy/greeter/config.py'), 'utf8')).toBe(
      `GREETING = 'two "words" \\\\ $(id)'\nPORT = -81\nLOUD = False\n`,
    );
    expect(started.stdout).toContain('command /usr/bin/micropython /usr/lib/kilopy/greeter/main.py\n');
    expect(started.stdout).toContain('user greeter\n');
  },
  240_000,
);
