import { KilopyError } from '../errors/kilopy-error.ts';
import type { Call, Outcome } from './command.ts';
import { parseArguments } from './program.ts';
import { errorData, errorText } from './ui/error-text.ts';
import { createProgress } from './ui/progress.ts';
import { createStyle } from './ui/style.ts';

/** argv -> exit code. The only place that prints. */
export async function main(argv: readonly string[]): Promise<number> {
  // What stands behind `--` is the application's.
  const end = argv.indexOf('--');
  const own = new Set(end === -1 ? argv : argv.slice(0, end));
  const json = own.has('--json');
  const debug = own.has('--debug');
  let name = argv[0] ?? '';
  const errors = createStyle(process.stderr, process.env);
  const progress = createProgress({
    stream: process.stderr,
    write: (text) => process.stderr.write(text),
    style: errors,
    tty: process.stderr.isTTY && !json,
    quiet: json || own.has('--quiet') || own.has('-q'),
    verbose: own.has('--verbose') || own.has('-v'),
  });
  const stop = interruptible();
  // Without a listener a reader that has gone (`kilopy ... | head`) ends the program with a stack trace.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  try {
    const parsed = await parseArguments(argv);
    if (parsed.kind === 'text') {
      await print(parsed.text);
      return 0;
    }
    name = parsed.name;
    const { createContext } = await import('../io/create-context.ts');
    const ctx = createContext({ emit: (event) => progress.on(event), signal: stop.signal });
    const call: Call = {
      ctx,
      command: name,
      args: parsed.args,
      options: parsed.command.opts(),
      json,
      takeOverSignals: stop.takeOver,
      style: createStyle(process.stdout, process.env),
    };
    const outcome = await parsed.module.run(call);
    progress.stop();
    await print(json ? jsonText(name, outcome) : outcome.text);
    return outcome.exitCode ?? 0;
  } catch (thrown) {
    progress.stop();
    const error = toKilopyError(thrown, stop.signal);
    if (json) await print(`${JSON.stringify({ schema: 1, command: name, error: errorData(error) })}\n`);
    else process.stderr.write(errorText(error, errors));
    if (debug) process.stderr.write(`${stackOf(thrown)}\n`);
    return error.exitCode;
  } finally {
    stop.release();
  }
}

function jsonText(command: string, outcome: Outcome): Outcome['text'] {
  if (typeof outcome.text !== 'string') return outcome.text;
  return `${JSON.stringify({ schema: 1, command, ...outcome.data }, null, 2)}\n`;
}

async function print(text: string | AsyncIterable<string>): Promise<void> {
  if (typeof text === 'string') {
    await write(text);
    return;
  }
  for await (const piece of text) await write(piece);
}

/** Waits for a slow reader, and ends quietly when the reader has gone (`kilopy ... | head`). */
async function write(text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error === null || error === undefined || (error as NodeJS.ErrnoException).code === 'EPIPE') resolve();
      else reject(error);
    });
  });
}

interface Interruptions {
  readonly signal: AbortSignal;
  readonly takeOver: Call['takeOverSignals'];
  readonly release: () => void;
}

type Stop = Parameters<Parameters<Call['takeOverSignals']>[0]>[0];

/**
 * First Ctrl-C: everything under way is aborted and cleans up. Second: out at once. While a command has taken the
 * signals over (an application runs), they are its business.
 */
function interruptible(): Interruptions {
  const controller = new AbortController();
  let owner: ((signal: Stop) => void) | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (owner !== undefined) owner(signal as Stop);
    else if (controller.signal.aborted) process.exit(130);
    else controller.abort(new KilopyError('KP1002', 'interrupted'));
  };
  const stops: readonly Stop[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const stop of stops) process.on(stop, onSignal);
  return {
    signal: controller.signal,
    takeOver(listener) {
      owner = listener;
      return () => {
        owner = undefined;
      };
    },
    release: () => {
      for (const stop of stops) process.off(stop, onSignal);
    },
  };
}

function toKilopyError(thrown: unknown, signal: AbortSignal): KilopyError {
  if (signal.aborted && signal.reason instanceof KilopyError) return signal.reason;
  if (thrown instanceof KilopyError) return thrown;
  const system = thrown as NodeJS.ErrnoException;
  const { code, syscall, path } = system;
  // Writing to an open file that finds the disk full does not say which file.
  if (typeof code === 'string' && typeof syscall === 'string' && (path !== undefined || fullDisk.has(code))) {
    return new KilopyError('KP1005', `${systemWords[code] ?? code}${path === undefined ? '' : `: ${path}`}`, {
      cause: thrown,
      why: system.message,
    });
  }
  return new KilopyError('KP1070', thrown instanceof Error ? thrown.message : String(thrown), {
    cause: thrown,
    fix: 'run the command again with --debug and report what it prints',
  });
}

const fullDisk: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

const systemWords: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'read-only file system',
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'disk quota exceeded',
  ENOENT: 'no such file or folder',
  ENOTDIR: 'not a folder',
  EISDIR: 'this is a folder',
  EEXIST: 'exists already',
  EMFILE: 'too many open files',
};

function stackOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const cause = thrown.cause === undefined ? '' : `\ncaused by: ${stackOf(thrown.cause)}`;
  return `${thrown.stack ?? thrown.message}${cause}`;
}
