import { join } from 'node:path';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { findBoard } from '../../machine/qemu-system/boards.ts';
import type { Board } from '../../machine/qemu-system/board.ts';
import { stopInstance } from '../../machine/qemu-system/instances.ts';
import { qemuVersion } from '../../machine/qemu-system/qemu-program.ts';
import { readReceipt, type Receipt } from '../../machine/qemu-system/receipt.ts';
import { readKernelInputs } from '../../runtime/kernel/kernel-inputs.ts';
import { recallKernel } from '../../runtime/kernel/known-kernels.ts';
import { recallMicroPython } from '../../runtime/micropython/ensure-micropython.ts';
import { readSpec } from '../../spec/read-spec.ts';
import { targets } from '../../spec/targets.ts';
import { openStore } from '../../store/store.ts';
import { buildBootable, runAppDetached } from '../boot/run-app.ts';
import { rowOrReason, type RowRequest } from './built-row.ts';
import { emptyRow, notAvailable, type Cell, type Row } from './comparison.ts';
import { copyApp, writeBase } from './route-folder.ts';

const boardName = 'malta-be';
const title = `kilopy, booted on ${boardName}`;
const patienceMs = 30_000;
/** A boot takes a second or two. */
const mostBoots = 3;

/**
 * The application on a machine that boots. Booted now where kernel, runtime and emulator are here already; else what the
 * receipt of an earlier run says.
 */
export async function bootRow(ctx: Context, request: RowRequest, scratch: string): Promise<Row> {
  const board = findBoard(boardName);
  if (board === undefined) throw new Error(`there is no board ${boardName}`);
  return await rowOrReason(ctx, title, async () => {
    const missing = await whatIsMissing(ctx, board);
    if (missing !== undefined) return await recordedRow(ctx, request, missing);
    const folder = join(scratch, boardName);
    await copyApp(ctx, request.folder, folder);
    await writeBase(ctx, folder, 'static', { variant: 'small' });
    const quiet: Context = { ...ctx, emit: () => undefined };
    const app = await buildBootable(quiet, {
      folder,
      overrides: {},
      outDir: join(folder, 'dist'),
      compress: 'default',
      lock: 'keep',
      offline: true,
      board,
      form: 'initramfs',
      append: [],
    });
    const plan = await app.place(folder);
    const sizes = app.receipt(plan, {});
    const asksNothing = plan.networks.every(({ forwards }) => forwards.length === 0);
    if (asksNothing) {
      return rowOf(sizes, notAvailable('the application declares no port that could answer'), 'measured');
    }
    let shortest = Number.POSITIVE_INFINITY;
    let receipt: Receipt = sizes;
    for (let i = 0; i < Math.min(request.starts, mostBoots); i += 1) {
      const { instance, receipt: found } = await runAppDetached(quiet, app, patienceMs);
      await stopInstance(ctx, instance);
      receipt = found;
      shortest = Math.min(shortest, found.bootToAnswerMs ?? Number.POSITIVE_INFINITY);
    }
    const ms = Number.isFinite(shortest) ? shortest : undefined;
    return rowOf(receipt, value(ms, 'measured'), 'measured');
  });
}

/** What has to be there so that nothing is compiled and nothing is installed. */
async function whatIsMissing(ctx: Context, board: Board): Promise<string | undefined> {
  const target = targets.find(({ name }) => name === board.target);
  if (target === undefined) throw new Error(`there is no target ${board.target}`);
  const store = await openStore(ctx, undefined, { offline: true });
  const inputs = await readKernelInputs(ctx, board);
  if ((await recallKernel(store, inputs, 'initramfs')) === undefined)
    return `the kernel is not built: kilopy kernel build --machine ${board.name}`;
  if ((await recallMicroPython(ctx, store, target, 'small')) === undefined)
    return `the runtime is not compiled: kilopy runtime build --target ${board.target}`;
  try {
    await qemuVersion(ctx, board);
  } catch (error) {
    if (error instanceof KilopyError) return error.message;
    throw error;
  }
  return undefined;
}

async function recordedRow(ctx: Context, { folder }: RowRequest, missing: string): Promise<Row> {
  const spec = await readSpec(ctx, folder, {}, ctx.host);
  const name = `${spec.name.replaceAll('/', '-')}-${boardName}.receipt.json`;
  const receipt = await readReceipt(ctx, join(ctx.cwd, 'dist', name));
  if (receipt === undefined) return emptyRow(title, missing);
  const source = `dist/${name}`;
  return rowOf(receipt, value(receipt.bootToAnswerMs, 'recorded', source), 'recorded', source);
}

function rowOf(receipt: Receipt, boot: Cell, kind: 'measured' | 'recorded', source: string = ''): Row {
  const none = notAvailable('a machine that boots is not started like an image');
  return {
    route: title,
    method:
      'kilopy run --machine malta-be: kernel as uImage-lzma and root file system, compressed, as flash holds them',
    disk: notAvailable('it lies compressed in flash'),
    wire: value(receipt.flashBytes, kind, source),
    files: value(receipt.bootedFiles.length, kind, source),
    start: none,
    rss: none,
    boot,
  };
}

function value(number: number | undefined, kind: 'measured' | 'recorded', source: string = ''): Cell {
  if (number === undefined) return notAvailable('the receipt does not say it');
  const rounded = Math.round(number);
  return kind === 'measured' ? { kind, value: rounded } : { kind, value: rounded, source };
}
