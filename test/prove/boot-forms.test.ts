import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { createContext } from '../../src/io/create-context.ts';
import type { BoardName } from '../../src/machine/qemu-system/board.ts';
import { findBoard } from '../../src/machine/qemu-system/boards.ts';
import type { Receipt } from '../../src/machine/qemu-system/receipt.ts';
import type { BootForm } from '../../src/pipeline/boot/boot-form.ts';
import { ensureKernel, ensureKernels } from '../../src/runtime/kernel/ensure-kernel.ts';
import { openStore } from '../../src/store/store.ts';
import { checkout, runCli, scratch, testStore, type CliResult } from '../support/cli.ts';
import { expectWithin } from '../support/expect-within.ts';
import { long, whole } from '../support/extent.ts';
import { freePort } from '../support/free-port.ts';

/**
 * examples/http with real kernels: on malta-be as an initramfs everywhere, in its other forms and on the other boards by hand only, because kernels that
 * the store lacks are compiled first, some minutes each, with Debian's mirror at hand.
 */

const compileMs = 3_600_000;
const bootMs = 120_000;
const measuredBoots = 5;

/** Bars; a form without one of them has to keep none. */
interface Bars {
  readonly listenMs?: number;
  readonly answerMs?: number;
  readonly flashBytes?: number;
}

const forms: readonly (readonly [BootForm, Bars])[] = [
  ['vmlinuz', { listenMs: 750, flashBytes: 1_080_000 }],
  ['single', { flashBytes: 985_000 }],
  ['single-vmlinuz', { flashBytes: 985_000 }],
  ['squashfs', { listenMs: 800 }],
  ['ext4', {}],
  ['disk', {}],
];

/** Other boards: the form, and the bar of the time to listen(), in milliseconds. */
const otherBoards: readonly (readonly [BoardName, BootForm, number])[] = [
  ['malta-le', 'initramfs', 500],
  ['malta-le', 'vmlinuz', 750],
  ['x86-microvm', 'initramfs', 950],
  ['arm64-virt', 'initramfs', 1200],
];

const machine = on('malta-be');

function on(board: BoardName): readonly string[] {
  return ['--base', 'static', '--machine', board];
}

function application(settings = ''): string {
  const folder = scratch();
  cpSync(join(checkout, 'examples/http/main.py'), join(folder, 'main.py'));
  const yaml = readFileSync(join(checkout, 'examples/http/kilopy.yaml'), 'utf8');
  writeFileSync(join(folder, 'kilopy.yaml'), `${yaml}${settings}`);
  return folder;
}

/** Not the usual port: others would take it between kilopy's look at it and QEMU's start. `HOST:8080` */
async function ports(): Promise<string> {
  return `${String(await freePort())}:8080`;
}

async function succeed(cwd: string, args: readonly string[], timeoutMs: number): Promise<CliResult> {
  const result = await runCli(args, { cwd, timeoutMs });
  const failed = result.status === 0 ? '' : `${result.stderr}${result.stdout}`;
  expect([result.status, failed]).toEqual([0, '']);
  return result;
}

async function call<T>(cwd: string, args: readonly string[], timeoutMs: number): Promise<T> {
  return JSON.parse((await succeed(cwd, [...args, '--json'], timeoutMs)).stdout) as T;
}

/** Boots, asks once as a client would, switches off. */
async function boot(
  cwd: string,
  args: readonly string[],
  timeoutMs: number = bootMs,
  board: BoardName = 'malta-be',
): Promise<Receipt> {
  const words = ['run', '.', ...on(board), ...args, '--publish', await ports(), '--timeout', '60', '--detach'];
  const { id, urls, receipt } = await call<{ id: string; urls: string[]; receipt: Receipt }>(cwd, words, timeoutMs);
  try {
    const response = await fetch(urls[0] ?? '');
    expect(response.status).toBe(200);
    await response.text();
  } finally {
    expect((await runCli(['stop', id], { cwd })).stdout).toContain('powered off');
  }
  return receipt;
}

function median(values: readonly (number | undefined)[]): number {
  return values.map((value) => value ?? Number.NaN).sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Another file of tests may be compiling it at this moment: then this waits for it, for longer than a test should. */
beforeAll(async () => {
  const board = findBoard('malta-be');
  if (board === undefined) throw new Error('no malta-be');
  const ctx = createContext({ emit: () => undefined, signal: new AbortController().signal });
  await ensureKernel(ctx, await openStore(ctx, testStore), board, 'initramfs');
}, compileMs);

test(
  'as initramfs: it answers, the receipt says what it takes, and stands beside the outputs',
  async () => {
    const folder = application();
    const receipt = await boot(folder, ['--device', 'malta-be']);
    expect(receipt).toMatchObject({ machine: 'malta-be', form: 'initramfs', ramMiB: 32, device: 'malta-be' });
    expect(receipt.flashBytes).toBeLessThanOrEqual(1_080_000);
    expect(receipt.flashBytes).toBe(receipt.kernelFlashBytes + receipt.rootFlashBytes);
    expect(receipt.deviceLeftBytes).toBe((receipt.deviceLimitBytes ?? 0) - receipt.flashBytes);
    expect(receipt.appPeakRssBytes).toBeGreaterThanOrEqual(receipt.appRssBytes ?? Infinity);
    expect(receipt.appHeapPeakBytes).toBeGreaterThan(16_000);
    expect(receipt.appHeapPeakBytes).toBeLessThan(receipt.appPeakRssBytes ?? 0);
    expect(JSON.parse(readFileSync(join(folder, 'dist/http-malta-be.receipt.json'), 'utf8'))).toEqual(receipt);
  },
  bootMs,
);

test(
  'debug: the image differs in the configuration of init only, and there is a prompt on the console',
  async () => {
    const [plain, debug] = [application(), application('debug: true\n')];
    const build = ['build', '.', ...machine, '--output', 'firmware', '--out-dir', 'fw', '--quiet'];
    for (const folder of [plain, debug]) await succeed(folder, build, bootMs);
    for (const name of ['vmlinux.elf', 'uImage-lzma']) {
      expect(Buffer.compare(readFileSync(join(plain, 'fw', name)), readFileSync(join(debug, 'fw', name)))).toBe(0);
    }
    const archives = [plain, debug].map((folder) => join(folder, 'fw/initramfs.cpio.xz'));
    const { stdout } = await runCli(['diff', ...archives], { cwd: plain });
    expect(stdout).toMatch(/^~ \/etc\/kilopy\/init.conf .*\n\n0 added, 0 removed, 1 changed, /);
    const words = ['run', '.', ...machine, '--publish', await ports(), '--detach', '--json'];
    const { id } = JSON.parse((await succeed(debug, words, bootMs)).stdout) as { id: string };
    expect((await runCli(['logs', id], { cwd: debug })).stdout).toContain('MicroPython');
    expect((await runCli(['stop', id], { cwd: debug })).stdout).toContain('power cut');
  },
  bootMs,
);

describe.runIf(whole)('other forms, memory and power', () => {
  test(
    'initramfs: the bars of time, median of five',
    async () => {
      const folder = application();
      const receipts: Receipt[] = [];
      for (let i = 0; i < measuredBoots; i++) receipts.push(await boot(folder, []));
      expect(receipts).toHaveLength(measuredBoots);
      expectWithin(median(receipts.map(({ bootToListenMs }) => bootToListenMs)), 500);
      expectWithin(median(receipts.map(({ bootToAnswerMs }) => bootToAnswerMs)), 750);
    },
    compileMs,
  );

  test.each(forms)(
    '%s boots and answers',
    async (form, { listenMs = Infinity, flashBytes = Infinity }) => {
      const folder = application();
      const receipts = [await boot(folder, ['--form', form], compileMs)];
      expect(receipts[0]).toMatchObject({ machine: 'malta-be', form });
      expect(receipts[0]?.flashBytes).toBeLessThanOrEqual(flashBytes);
      while (receipts.length < measuredBoots) receipts.push(await boot(folder, ['--form', form]));
      expectWithin(median(receipts.map(({ bootToListenMs }) => bootToListenMs)), listenMs);
    },
    compileMs,
  );

  test(
    'without the rate of the counter the kernel measures it, which takes two seconds',
    async () => {
      const { bootToListenMs } = await boot(application(), ['--append', 'malta_count_hz=0']);
      expect(bootToListenMs).toBeGreaterThan(1000);
      expectWithin(bootToListenMs ?? Infinity, 2600);
    },
    compileMs,
  );

  test.each([
    ['initramfs', 6],
    ['squashfs', 9],
  ] as const)(
    '%s: it still answers with %i MiB of memory',
    async (form, mostMiB) => {
      const { ramNeededMiB } = await boot(application(), ['--form', form, '--find-memory'], compileMs);
      expect(ramNeededMiB).toBeLessThanOrEqual(mostMiB);
    },
    compileMs,
  );

  test.each(otherBoards)(
    '%s, %s: boots and answers, the bar of time, median of five',
    async (board, form, mostMs) => {
      const folder = application();
      const receipts = [await boot(folder, ['--form', form], compileMs, board)];
      expect(receipts[0]).toMatchObject({ machine: board, form });
      while (receipts.length < measuredBoots) receipts.push(await boot(folder, ['--form', form], bootMs, board));
      expectWithin(median(receipts.map(({ bootToListenMs }) => bootToListenMs)), mostMs);
    },
    compileMs,
  );

  test(
    'the kernel of malta-be, built twice, is the same in every file',
    async () => {
      const board = findBoard('malta-be');
      if (board === undefined) throw new Error('no malta-be');
      const ctx = createContext({ emit: () => undefined, signal: new AbortController().signal });
      const store = await openStore(ctx, testStore);
      const rebuild = async () => (await ensureKernels(ctx, store, board, ['initramfs'], true))[0];
      const known = await ensureKernel(ctx, store, board, 'initramfs');
      const second = await rebuild();
      // Of the newest source and compilers, which may not be those of the one in the store.
      const first = known.recipe === second?.recipe ? known : await rebuild();
      expect(Object.keys(first?.files ?? {})).toEqual(
        expect.arrayContaining(['vmlinux', 'vmlinuz', 'bin.lzma', 'bin.gz']),
      );
      expect(second).toEqual(first);
    },
    compileMs,
  );

  test(
    'power cuts: the root is intact, the data can be mounted, nothing that was written is lost',
    async () => {
      const cuts = String(long ? 200 : 20);
      const words = ['drill', '.', 'power', ...machine, '--power-cuts', cuts];
      const { drills } = await call<{ drills: { name: string; ok: boolean; why?: string }[] }>(
        application(),
        words,
        compileMs,
      );
      expect(drills.map(({ name, ok, why }) => [name, ok, why])).toEqual([['power cuts', true, undefined]]);
    },
    compileMs,
  );
});
