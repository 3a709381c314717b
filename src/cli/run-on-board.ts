import type { BootOptions } from '../machine/qemu-system/boot.ts';
import type { Board } from '../machine/qemu-system/board.ts';
import type { BootableApp } from '../pipeline/boot/run-app.ts';
import { receiptText } from '../machine/qemu-system/receipt.ts';
import {
  diskSizeOption,
  formOption,
  kernelOption,
  memoryOption,
  publishOption,
  timeoutOption,
} from './boot-options.ts';
import { buildRequest } from './build-options.ts';
import type { Call, Outcome } from './command.ts';
import { readConsoleKeys } from './ui/console-keys.ts';

const foreignPatienceMs = 180_000;
const ownPatienceMs = 30_000;
const openwrtPatienceMs = 180_000;

/** `kilopy run --machine BOARD`. */
export async function runOnBoard(call: Call, board: Board): Promise<Outcome> {
  const kernel = call.options.kernel as string | undefined;
  if (kernel === undefined || kernel === 'debian') return await runFolder(call, board);
  return await runGiven(call, board, kernel);
}

/** An application: built, booted, and off when it ends. */
async function runFolder(call: Call, board: Board): Promise<Outcome> {
  const { ctx } = call;
  const { buildBootable, runApp, runAppDetached } = await import('../pipeline/boot/run-app.ts');
  const built = await buildBootable(ctx, {
    ...buildRequest(call),
    board,
    form: await formOption(call, board),
    kernelOf: kernelOption(call),
    diskBytes: diskSizeOption(call),
    memoryMiB: memoryOption(call, board),
    ports: publishOption(call),
    append: appendWords(call),
  });
  const ramNeededMiB = call.options.findMemory === true ? await neededMemory(call, board, built) : undefined;
  const app = ramNeededMiB === undefined ? built : withMemory(built, ramNeededMiB);
  const timeoutMs = timeoutOption(call);
  const patienceMs = timeoutMs ?? (app.usesKilopyInit ? ownPatienceMs : openwrtPatienceMs);
  if (call.options.detach === true) {
    const { instance, receipt, last } = await runAppDetached(ctx, app, patienceMs);
    const { id, machine, urls } = instance;
    const text = `${[id, ...urls].join('\n')}\n${receiptText(receipt, last)}`;
    return { data: { id, machine, urls, receipt, last: last ?? null }, text };
  }
  let data: Record<string, unknown> = {};
  const patience = { ms: patienceMs, afterwards: timeoutMs === undefined ? 'warn' : 'fail' } as const;
  const result = await runApp(ctx, app, consoleOptions(call, app.stopsOnInterrupt, patience), (urls, receipt, last) => {
    data = { urls, receipt };
    if (!call.json) process.stderr.write([...urls.map((url) => `${url}\n`), receiptText(receipt, last)].join(''));
  });
  return { exitCode: result.exitCode, data: { machine: board.name, ...data, ...result }, text: '' };
}

async function neededMemory(call: Call, board: Board, app: BootableApp): Promise<number | undefined> {
  const { findMemory } = await import('../pipeline/boot/find-memory.ts');
  const { leastMiB, defaultMiB } = board.memory;
  return await findMemory(call.ctx, app, leastMiB, memoryOption(call, board) ?? defaultMiB);
}

function withMemory(app: BootableApp, ramNeededMiB: number): BootableApp {
  return { ...app, receipt: (plan, times) => ({ ...app.receipt(plan, times), ramNeededMiB }) };
}

/** Kernel and root file system of others. */
async function runGiven(call: Call, board: Board, kernel: string): Promise<Outcome> {
  const { ctx, options } = call;
  const { runFiles, runFilesDetached } = await import('../pipeline/boot/run-files.ts');
  const request = {
    board,
    kernel,
    root: options.root as string | undefined,
    memoryMiB: memoryOption(call, board),
    ports: publishOption(call),
    append: appendWords(call),
    keepWrites: options.keepWrites === true,
  };
  const timeoutMs = timeoutOption(call);
  if (options.detach === true) {
    const { instance, times } = await runFilesDetached(ctx, request, timeoutMs ?? foreignPatienceMs);
    const { id, machine, urls } = instance;
    return { data: { id, machine, urls, receipt: times }, text: `${[id, ...urls].join('\n')}\n` };
  }
  const patience = {
    ms: timeoutMs ?? foreignPatienceMs,
    afterwards: timeoutMs === undefined ? 'warn' : 'fail',
  } as const;
  const result = await runFiles(ctx, request, {
    ...consoleOptions(call, false, patience),
    onAnswer({ bootToAnswerMs = 0 }) {
      ctx.emit({ type: 'note', text: `first answer ${(bootToAnswerMs / 1000).toFixed(2)} s after start` });
    },
  });
  return { exitCode: result.exitCode, data: { machine: board.name, ...result }, text: '' };
}

/** The terminal as the machine's serial line. */
function consoleOptions(
  call: Call,
  stopsOnInterrupt: boolean,
  patience: BootOptions['patience'],
): Omit<BootOptions, 'onAnswer'> {
  let stop: ((name: 'SIGINT') => void) | undefined;
  return {
    output: (bytes) => void (call.json ? process.stderr : process.stdout).write(bytes),
    keys: (press) => readConsoleKeys({ press, quit: () => stop?.('SIGINT') }, stopsOnInterrupt),
    onSignal(listener) {
      stop = listener;
      const release = call.takeOverSignals(listener);
      return () => {
        stop = undefined;
        release();
      };
    },
    patience,
    stopsOnInterrupt,
  };
}

function appendWords({ options }: Call): readonly string[] {
  const text = options.append as string | undefined;
  const words = text?.split(/\s+/).filter((word) => word !== '') ?? [];
  // Our kernels are silent by default.
  return options.verbose === true ? ['loglevel=7', ...words] : words;
}
