import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { findBoard } from '../src/machine/qemu-system/boards.ts';
import type { Receipt } from '../src/machine/qemu-system/receipt.ts';
import { formsOf, type BootForm } from '../src/pipeline/boot/boot-form.ts';
import { bytes, checkout, cli, printTable, scratch, store } from './support/kilopy.ts';

const runs = Number(process.env.KILOPY_BENCH_RUNS ?? '5');
/** As drills and users have it: a board, and the milliseconds to listen() that the project's plan allows. */
const machines = { 'malta-be': 500, 'malta-le': 500, 'x86-microvm': 950, 'arm64-virt': 1200 } as const;
/** Other forms of malta, in milliseconds. */
const forms: Readonly<Partial<Record<BootForm, number>>> = { vmlinuz: 750, squashfs: 800 };
const flashBytes: Readonly<Partial<Record<BootForm, number>>> = { initramfs: 1_080_000, 'single-vmlinuz': 985_000 };

/**
 * Boots of examples/http on base static, each a process of kilopy of its own: median times from QEMU's start, and what a flash would hold.
 * Kernels that are not in the store are built first, which takes minutes.
 */
export function bootTable(): void {
  const folder = scratch();
  for (const name of ['main.py', 'kilopy.yaml']) cpSync(join(checkout, 'examples/http', name), join(folder, name));
  const run = (args: readonly string[]): string =>
    execFileSync(process.execPath, [cli, ...args], {
      cwd: folder,
      env: { ...process.env, KILOPY_CACHE: store },
      stdio: ['ignore', 'pipe', 'inherit'],
      maxBuffer: 2 ** 26,
    }).toString();
  const boot = (machine: string, args: readonly string[]): Receipt => {
    const words = ['run', '.', '--base', 'static', '--machine', machine, ...args, '--detach', '--json'];
    const { id, receipt } = JSON.parse(run(words)) as { id: string; receipt: Receipt };
    run(['stop', id]);
    return receipt;
  };
  const rows = Object.entries(machines).flatMap(([machine, mostMs]) => {
    const board = findBoard(machine);
    if (board === undefined) return [];
    return formsOf(board).map((form) => {
      const receipts = Array.from({ length: runs }, () => boot(machine, ['--form', form]));
      const listen = median(receipts.map(({ bootToListenMs = Number.NaN }) => bootToListenMs));
      const answer = median(receipts.map(({ bootToAnswerMs = Number.NaN }) => bootToAnswerMs));
      const flash = receipts[0]?.flashBytes ?? 0;
      const bar = form === 'initramfs' ? mostMs : machine.startsWith('malta') ? forms[form] : undefined;
      const room = machine === 'malta-be' ? flashBytes[form] : undefined;
      return [
        machine,
        form,
        withBar(seconds(listen), bar === undefined ? undefined : seconds(bar)),
        withBar(seconds(answer), machine === 'malta-be' && form === 'initramfs' ? seconds(750) : undefined),
        withBar(bytes(flash), room === undefined ? undefined : bytes(room)),
      ];
    });
  });
  printTable(
    `examples/http booted, median of ${String(runs)}`,
    ['machine', 'form', 'listen()', 'answer', 'flash'],
    rows,
  );
  const needed = (['initramfs', 'squashfs'] as const).map((form) => {
    const { ramNeededMiB } = boot('malta-be', ['--form', form, '--find-memory']);
    return [form, withBar(`${String(ramNeededMiB)} MiB`, form === 'initramfs' ? '6 MiB' : '9 MiB')];
  });
  printTable('memory at which malta-be still boots and serves', ['form', 'memory'], needed);
}

function withBar(text: string, bar: string | undefined): string {
  return bar === undefined ? text : `${text} (≤ ${bar})`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
