import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeUImage } from '../../src/codec/uimage.ts';
import { createContext } from '../../src/io/create-context.ts';
import { findBoard } from '../../src/machine/qemu-system/boards.ts';
import { machineTree } from '../../src/pipeline/boot/machine-tree.ts';
import { rootArchive } from '../../src/pipeline/boot/root-archive.ts';
import { ensureInit } from '../../src/runtime/init/ensure-init.ts';
import { ensureKernel, findKernel } from '../../src/runtime/kernel/ensure-kernel.ts';
import { requireFile, type KernelFiles } from '../../src/runtime/kernel/kernel-files.ts';
import { targets } from '../../src/spec/targets.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { runCli, scratch, testStore, type CliResult } from '../support/cli.ts';

/**
 * Real boots of malta-be: kernel and init built from Debian's sources. The first run on a machine compiles both, with Debian's mirror at hand; later ones
 * find them in the store (KILOPY_KERNEL_STORE names another one).
 */

const hour = 3_600_000;
const ctx = createContext({ emit: () => undefined, signal: new AbortController().signal });

let store: Store;
let kernel: KernelFiles;
let files: { readonly vmlinux: Uint8Array; readonly root: Uint8Array };

beforeAll(async () => {
  const board = findBoard('malta-be');
  const target = targets.find(({ name }) => name === board?.target);
  if (board === undefined || target === undefined) throw new Error('no malta-be');
  store = await openStore(ctx, process.env['KILOPY_KERNEL_STORE'] ?? testStore);
  if ((await findKernel(ctx, store, board, 'initramfs')) === undefined) {
    process.stderr.write('boot: the kernel of malta-be is not in the store and is compiled now: some minutes\n');
  }
  kernel = await ensureKernel(ctx, store, board, 'initramfs');
  const settings = {
    hostname: 'proof',
    clockFloorSeconds: 1_700_000_000,
    network: { mode: 'none' },
    start: {
      entrypoint: ['/nothing'],
      env: {},
      user: { uid: 65_532, gid: 65_532 },
      workdir: '/',
      ports: [],
      stopSignal: 'SIGINT',
    },
  } as const;
  const tree = await machineTree(store, new Map(), await ensureInit(ctx, store, target), settings, 1_700_000_000);
  files = {
    vmlinux: await store.read(requireFile(kernel, 'vmlinux')),
    root: await store.read((await rootArchive(ctx, store, tree)).blob),
  };
}, hour);

/** The machine is off by itself after the application's end. */
const attended = 'kilopy.restart=n kilopy.end=p kilopy.crash=p kilopy.interrupt=s';

async function bootIt(args: readonly string[], append: string): Promise<CliResult> {
  const folder = scratch();
  writeFileSync(join(folder, 'vmlinux'), files.vmlinux);
  writeFileSync(join(folder, 'root.cpio.xz'), files.root);
  const words = ['--kernel', 'vmlinux', '--root', 'root.cpio.xz', '--append', append, ...args];
  return await runCli(['run', '--machine', 'malta-be', ...words], { cwd: folder });
}

describe('malta-be', () => {
  test('boots into init, which says what it cannot start, and is off with that status', async () => {
    const { status, stdout } = await bootIt([], attended);
    expect(stdout).toContain('init: cannot start /nothing');
    expect(stdout).toContain('init: powering off');
    expect(status).toBe(127);
  });

  test('the kernel is silent, and says everything when asked', async () => {
    expect((await bootIt([], attended)).stdout).not.toContain('Linux version');
    expect((await bootIt([], `${attended} loglevel=7`)).stdout).toContain(
      'Calibrating delay loop (skipped) preset value',
    );
  });

  test('a panic of the real kernel is recognised', async () => {
    const { status, stderr } = await bootIt([], 'rdinit=/nowhere init=/nowhere');
    expect(status).toBe(125);
    expect(stderr).toContain('KP9205');
  });

  test('memory: six MiB are enough, and too little is said before the boot', async () => {
    expect((await bootIt(['--memory', '6'], attended)).status).toBe(127);
    expect(await bootIt(['--memory', '5'], attended)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('too large for 5 MiB'),
    });
  });
});

test('dumpimage finds the raw kernel in our uImage', async () => {
  const folder = scratch();
  const facts = {
    architecture: 'mips',
    loadAddress: 0x80100000,
    entryPoint: 0x80100400,
    name: 'Linux',
    timeSeconds: 0,
  } as const;
  for (const [compression, name] of [
    ['lzma', 'bin.lzma'],
    ['gzip', 'bin.gz'],
  ] as const) {
    const payload = await store.read(requireFile(kernel, name));
    writeFileSync(join(folder, 'uImage'), writeUImage(payload, { ...facts, compression }));
    execFileSync('dumpimage', ['-T', 'kernel', '-p', '0', '-o', join(folder, 'payload'), join(folder, 'uImage')]);
    const unpack = compression === 'lzma' ? ['xz', '--format=lzma', '-dc'] : ['gzip', '-dc'];
    const raw = execFileSync(unpack[0] ?? '', [...unpack.slice(1), join(folder, 'payload')], {
      maxBuffer: 2 ** 26,
    });
    expect(Buffer.compare(raw, await store.read(requireFile(kernel, 'bin')))).toBe(0);
  }
});
