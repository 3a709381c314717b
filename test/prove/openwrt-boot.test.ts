import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { openDebFeed } from '../../src/feed/deb/index.ts';
import { defaultLimits } from '../../src/io/limits.ts';
import { download } from '../../src/store/download.ts';
import { runCli, scratch } from '../support/cli.ts';
import { openTestStore } from '../support/test-store.ts';

const realdata = process.env.KILOPY_REALDATA ?? resolve(import.meta.dirname, '../../../shared/realdata');
const openwrt = join(realdata, 'openwrt');

/** Debian's kernel for malta, taken out of its package. */
async function fetchKernel(folder: string): Promise<string> {
  // A real mirror, which may take its time.
  const testStore = await openTestStore({ limits: defaultLimits });
  const { ctx, store } = testStore;
  const feed = await openDebFeed(ctx, store, { suite: 'bookworm' }, 'mipsel', { offline: false, locked: false });
  const [meta] = feed.candidates('linux-image-4kc-malta');
  const name = meta?.depends.flat().find((one) => one.name.startsWith('linux-image-'))?.name ?? '';
  const image = feed.candidates(name).at(-1);
  if (image === undefined) throw new Error('Debian has no kernel for malta');
  const deb = await store.read(await download(ctx, store, { ...feed.locate(image), label: name }));
  await writeFile(join(folder, 'kernel.deb'), deb);
  await testStore.remove();
  const command = 'dpkg-deb --fsys-tarfile kernel.deb | tar x --wildcards "./boot/vmlinuz-*"';
  execFileSync('sh', ['-c', command], { cwd: folder });
  return join(folder, 'boot', readdirSync(join(folder, 'boot'))[0] ?? '');
}

/** Boots and answers what stood on the console when `until` had come, or the time was over. */
async function boot(args: readonly string[], until: RegExp, input: string): Promise<string> {
  const machine = spawn('qemu-system-mipsel', [...args, '-nographic', '-no-reboot'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  const seconds = setTimeout(() => machine.kill('SIGKILL'), 240_000);
  for await (const chunk of machine.stdout) {
    text += String(chunk);
    if (text.includes('Please press Enter') && input !== '') {
      machine.stdin.write(input);
      input = '';
    }
    if (until.test(text)) machine.kill('SIGKILL');
  }
  clearTimeout(seconds);
  return text;
}

test.skipIf(!existsSync(openwrt))(
  'a complete root file system of real OpenWrt packages boots under QEMU to the prompt of procd (realdata)',
  async () => {
    const folder = scratch();
    const kernel = await fetchKernel(folder);
    const feeds = ['Core', 'r3p'].flatMap((name) => ['--feed', join(openwrt, `nooblog-${name}-mipsel_24kc`)]);
    const packages = 'PACKAGES=base-files busybox dropbear netifd opkg procd uci logd';
    const words = ['PROFILE=Default', packages, `BIN_DIR=${folder}/out`, 'ROOTFS_FILESYSTEM=cpiogz'];
    const args = ['imagebuilder', 'image', '--release', '19.07.0', '--target', 'malta/le', '--allow-untrusted'];
    expect(await runCli([...args, ...feeds, ...words], { cwd: folder })).toMatchObject({ status: 0 });
    const initrd = join(folder, 'out/openwrt-malta-le-rootfs.cpio.gz');
    const machine = ['-M', 'malta', '-m', '256', '-kernel', kernel, '-initrd', initrd];
    const line = ['-append', 'rdinit=/sbin/init console=ttyS0'];
    const console = await boot([...machine, ...line], /root@\S+:\/# /u, '\n');
    expect(console).toContain('procd: - init -');
    expect(console).toContain('Please press Enter to activate this console.');
    expect(console).toMatch(/root@\S+:\/# /u);
  },
  400_000,
);
