import { KilopyError } from '../errors/kilopy-error.ts';
import type { BootOptions } from '../machine/qemu-system/boot.ts';
import type { Board } from '../machine/qemu-system/board.ts';
import { memoryOption, publishOption, timeoutOption } from './boot-options.ts';
import type { Call, Outcome } from './command.ts';
import { readConsoleKeys } from './ui/console-keys.ts';

const foreignPatienceMs = 180_000;

/** `kilopy run --machine BOARD`. */
export async function runOnBoard(call: Call, board: Board): Promise<Outcome> {
  const { ctx, options } = call;
  const kernel = options.kernel as string | undefined;
  if (kernel === undefined) {
    throw new KilopyError('KP1001', `--machine ${board.name} needs a kernel`, {
      fix: 'give --kernel FILE and --root FILE',
    });
  }
  const { runFiles } = await import('../pipeline/boot/run-files.ts');
  const result = await runFiles(
    ctx,
    {
      board,
      kernel,
      root: options.root as string | undefined,
      memoryMiB: memoryOption(call, board),
      ports: publishOption(call),
      append: wordsOf(options.append as string | undefined),
      keepWrites: options.keepWrites === true,
    },
    consoleOptions(call, false, {
      ms: timeoutOption(call) ?? foreignPatienceMs,
      afterwards: options.timeout === undefined ? 'warn' : 'fail',
    }),
  );
  return { exitCode: result.exitCode, data: { machine: board.name, ...result }, text: '' };
}

/** The terminal as the machine's serial console. */
function consoleOptions(call: Call, stopsOnInterrupt: boolean, patience: BootOptions['patience']): BootOptions {
  let signal: ((name: 'SIGINT') => void) | undefined;
  return {
    output: (bytes) => void (call.json ? process.stderr : process.stdout).write(bytes),
    keys: (press) => readConsoleKeys({ press, quit: () => signal?.('SIGINT') }, stopsOnInterrupt),
    onSignal(listener) {
      signal = listener;
      const release = call.takeOverSignals(listener);
      return () => {
        signal = undefined;
        release();
      };
    },
    onAnswer({ bootToAnswerMs = 0 }) {
      call.ctx.emit({ type: 'note', text: `first answer ${(bootToAnswerMs / 1000).toFixed(2)} s after start` });
    },
    patience,
    stopsOnInterrupt,
  };
}

function wordsOf(text: string | undefined): readonly string[] {
  return text?.split(/\s+/).filter((word) => word !== '') ?? [];
}
