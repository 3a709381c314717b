import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { findBoard } from '../src/machine/qemu-system/boards.ts';
import type { Receipt } from '../src/machine/qemu-system/receipt.ts';
import { formsOf, variantOf, type BootForm } from '../src/pipeline/boot/boot-form.ts';
import { bytes, checkout, cli, printTable, scratch, store } from './support/kilopy.ts';

const runs = Number(process.env.KILOPY_BENCH_RUNS ?? '5');
/** As drills and users have it: a board, and the milliseconds to listen() that the project's plan allows. */
const machines = { 'malta-be': 500, 'malta-le': 500, 'x86-microvm': 950, 'arm64-virt': 1200 } as const;
/** Other forms of malta, in milliseconds. */
const forms: Readonly<Partial<Record<BootForm, number>>> = { vmlinuz: 750, squashfs: 800 };
const flashBytes: Readonly<Partial<Record<BootForm, number>>> = { initramfs: 1_080_000, 'single-vmlinuz': 985_000 };

/** Where kernels and runtimes are, such as those that `kilopy kernel build` has compiled: by default the store of the tests. */
const bootStore = process.env.KILOPY_BENCH_STORE ?? store;

/**
 * Boots of examples/http on base static, each a process of kilopy of its own: median times from QEMU's start, and what a flash would hold.
 * Forms whose kernel is not in the store are named as such; their runtimes are compiled where they are not there.
 */
export function bootTable(): void {
  const folder = scratch();
  for (const name of ['main.py', 'kilopy.yaml']) cpSync(join(checkout, 'examples/http', name), join(folder, name));
  const run = (args: readonly string[]): string =>
    execFileSync(process.execPath, [cli, ...args], {
      cwd: folder,
      env: { ...process.env, KILOPY_CACHE: bootStore },
      stdio: ['ignore', 'pipe', 'inherit'],
      maxBuffer: 2 ** 26,
    }).toString();
  const boot = (machine: string, args: readonly string[]): Receipt => {
    const words = ['run', '.', '--base', 'static', '--machine', machine, ...args, '--detach', '--json'];
    const { id, receipt } = JSON.parse(run(words)) as { id: string; receipt: Receipt };
    run(['stop', id]);
    return receipt;
  };
  const { kernels } = JSON.parse(run(['kernel', 'list', '--json'])) as { kernels: readonly Kernel[] };
  const isBuilt = (machine: string, form: BootForm): boolean =>
    kernels.some((one) => one.machine === machine && one.variant === variantOf(form) && one.built !== null);

  const rows = Object.entries(machines).flatMap(([machine, mostMs]) => {
    const board = findBoard(machine);
    if (board === undefined) return [];
    return formsOf(board).map((form) => {
      if (!isBuilt(machine, form)) return [machine, form, 'the kernel is not built here', '', ''];
      const receipts = Array.from({ length: runs }, () => boot(machine, ['--form', form]));
      const bar = form === 'initramfs' ? mostMs : machine.startsWith('malta') ? forms[form] : undefined;
      return [machine, form, ...cells(receipts, bar, machine === 'malta-be' ? form : undefined)];
    });
  });
  if (isBuilt('malta-be', 'initramfs')) {
    const measured = Array.from({ length: runs }, () => boot('malta-be', ['--append', 'malta_count_hz=0']));
    rows.push(['malta-be', 'initramfs, rate of the counter not given', ...cells(measured, 2600, undefined)]);
  }
  printTable(
    `examples/http booted, median of ${String(runs)} (least to most)`,
    ['machine', 'form', 'listen()', 'first answer', 'flash (kernel and root)'],
    rows,
  );
  const needed = (['initramfs', 'squashfs'] as const)
    .filter((form) => isBuilt('malta-be', form))
    .map((form) => {
      const { ramNeededMiB } = boot('malta-be', ['--form', form, '--find-memory']);
      return [form, withBar(`${String(ramNeededMiB)} MiB`, form === 'initramfs' ? '6 MiB' : '9 MiB')];
    });
  printTable('memory at which malta-be still boots and serves', ['form', 'memory'], needed);
}

interface Kernel {
  readonly machine: string;
  readonly variant: string;
  readonly built: object | null;
}

/** `form` only where it has bars for answers and flash. */
function cells(receipts: readonly Receipt[], listenBarMs: number | undefined, form: BootForm | undefined): string[] {
  const [first] = receipts;
  const room = form === undefined ? undefined : flashBytes[form];
  const { flashBytes: flash = 0, kernelFlashBytes: kernel = 0, rootFlashBytes: root = 0 } = first ?? {};
  return [
    timed(
      receipts.map(({ bootToListenMs }) => bootToListenMs),
      listenBarMs,
    ),
    timed(
      receipts.map(({ bootToAnswerMs }) => bootToAnswerMs),
      form === 'initramfs' ? 750 : undefined,
    ),
    withBar(
      `${bytes(flash)} (${bytes(kernel)} and ${bytes(root)})`,
      room && `${bytes(room)}${flash > room ? ': OVER' : ''}`,
    ),
  ];
}

/** `0.72 s (0.56 to 0.81) (≤ 0.50 s: OVER)` */
function timed(times: readonly (number | undefined)[], barMs: number | undefined): string {
  const sorted = times.map((ms) => ms ?? Number.NaN).sort((a, b) => a - b);
  const [least = Number.NaN, middle = Number.NaN, most = Number.NaN] = [
    sorted[0],
    sorted[Math.floor(sorted.length / 2)],
    sorted.at(-1),
  ];
  const text = `${seconds(middle)} (${(least / 1000).toFixed(2)} to ${(most / 1000).toFixed(2)})`;
  return withBar(text, barMs && `${seconds(barMs)}${middle > barMs ? ': OVER' : ''}`);
}

function withBar(text: string, bar: string | false | 0 | undefined): string {
  return typeof bar === 'string' ? `${text} (≤ ${bar})` : text;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
