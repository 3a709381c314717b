import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { constants } from 'node:os';
import { basename } from 'node:path';
import { KilopyError } from '../errors/kilopy-error.ts';
import { findProgram } from './find-program.ts';
import { toolPackages } from './tool-packages.ts';
import type { RunningTool, StartOptions, ToolOptions, ToolResult, Tools } from './tools.ts';

type Env = Readonly<Record<string, string | undefined>>;
type Exit = Awaited<RunningTool['exited']>;

const killAfterMs = 2000;
const maxStderrChars = 64 * 1024;

/**
 * Programs on PATH (and in the sbin folders). Children of `run` and `pipe` speak English (`LC_ALL=C`) so that what they
 * print can be read by kilopy; `start` leaves the environment alone. `options.env` is laid over `env`.
 */
export function createNodeTools(env: Env, cwd: string): Tools {
  const locate = (name: string): string => findProgram(name, env['PATH']) ?? failMissing(name);
  const childOf = (name: string, args: readonly string[], stdio: StdioOptions, options: StartOptions, base: Env) =>
    spawn(locate(name), args, {
      stdio,
      cwd: options.cwd ?? cwd,
      env: { ...base, ...options.env },
      detached: options.detached ?? false,
    });
  const plain: Env = { ...env, LC_ALL: 'C' };
  return {
    find: async (name) => findProgram(name, env['PATH']),
    async run(name, args, options = {}) {
      const { stdin, ...rest } = options;
      const child = childOf(name, args, ['pipe', 'pipe', 'pipe'], rest, plain);
      return await runToEnd(name, child, stdin ?? '', options);
    },
    async *pipe(name, args, input, options = {}) {
      const { stdin: _, ...rest } = options;
      const child = childOf(name, args, ['pipe', 'pipe', 'pipe'], rest, plain);
      yield* pipeThrough(name, child, input, options);
    },
    start(name, args, options = {}) {
      const { stdin = 'ignore', stdout = 'inherit', stderr = 'inherit', extraFds = [] } = options;
      const child = childOf(name, args, [stdin, stdout, stderr, ...extraFds], options, env);
      return runningTool(name, child, options);
    },
  };
}

function failMissing(name: string): never {
  const program = basename(name);
  const known = toolPackages.find((row) => row.program === program);
  throw new KilopyError('KP1003', `The program ${program} is not installed`, {
    why: known?.unlocks,
    fix: known === undefined ? undefined : `sudo apt install ${known.package}`,
    data: { program, package: known?.package },
  });
}

async function runToEnd(
  name: string,
  child: ChildProcess,
  stdin: Uint8Array | string,
  options: ToolOptions,
): Promise<ToolResult> {
  const exit = watchExit(name, child, options);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A child that does not read its input closes the pipe; its status says whether that matters.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(stdin);
  const status = statusOf(await exit);
  return { status, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() };
}

async function* pipeThrough(
  name: string,
  child: ChildProcess,
  input: AsyncIterable<Uint8Array>,
  options: ToolOptions,
): AsyncIterable<Uint8Array> {
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) return;
  const exit = watchExit(name, child, options);
  let words = '';
  stderr.on('data', (chunk: Buffer) => (words = (words + chunk.toString()).slice(-maxStderrChars)));
  const feeding = feed(stdin, input).catch((error: unknown) => {
    child.kill('SIGKILL');
    return { error };
  });
  // Both are awaited below; until then a rejection must not count as unhandled.
  exit.catch(() => undefined);
  let finished = false;
  try {
    for await (const chunk of stdout) yield chunk as Uint8Array;
    finished = true;
  } finally {
    if (!finished) child.kill('SIGKILL');
  }
  const fed = await feeding;
  if (fed !== undefined) throw fed.error;
  const status = statusOf(await exit);
  if (status === 0) return;
  throw new KilopyError('KP1004', `${basename(name)} failed with status ${String(status)}`, {
    why: words.trim() === '' ? undefined : words.trim(),
    data: { program: basename(name), status },
  });
}

/** Writes until the input ends or the child stops reading. Rejects only with an error of the input itself. */
async function feed(stdin: NonNullable<ChildProcess['stdin']>, input: AsyncIterable<Uint8Array>): Promise<undefined> {
  let closed = false;
  let wake: (() => void) | undefined;
  stdin.on('error', () => undefined);
  stdin.on('close', () => {
    closed = true;
    wake?.();
  });
  stdin.on('drain', () => wake?.());
  for await (const chunk of input) {
    if (closed) return;
    if (stdin.write(chunk)) continue;
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (closed) resolve();
    });
  }
  stdin.end();
}

function runningTool(name: string, child: ChildProcess, options: StartOptions): RunningTool {
  const exited = watchExit(name, child, options);
  return {
    pid: child.pid ?? 0,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    exited,
    kill(signal, group = false) {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      if (!group) child.kill(signal);
      else killGroup(child.pid, signal);
    },
  };
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Waits for exit and for the end of the pipes. An abort or the timeout ends the child: SIGTERM, then SIGKILL. */
function watchExit(
  name: string,
  child: ChildProcess,
  options: Pick<ToolOptions, 'signal' | 'timeoutMs'>,
): Promise<Exit> {
  const { signal, timeoutMs } = options;
  let ended: KilopyError | undefined;
  let kill: NodeJS.Timeout | undefined;
  const end = (reason: KilopyError): void => {
    ended ??= reason;
    child.kill('SIGTERM');
    kill ??= setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  };
  const onAbort = (): void => end(new KilopyError('KP1002', `Interrupted while ${basename(name)} ran`));
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          const text = `${basename(name)} did not end within ${String(timeoutMs / 1000)} s`;
          end(new KilopyError('KP1004', text, { data: { program: basename(name), timeoutMs } }));
        }, timeoutMs);
  if (signal?.aborted === true) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });
  const cleanUp = (): void => {
    clearTimeout(timer);
    clearTimeout(kill);
    signal?.removeEventListener('abort', onAbort);
  };
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      cleanUp();
      const text = `${basename(name)} could not be started`;
      reject(new KilopyError('KP1004', text, { why: error.message, cause: error }));
    });
    child.once('close', (code, exitSignal) => {
      cleanUp();
      if (ended === undefined) resolve({ code, signal: exitSignal });
      else reject(ended);
    });
  });
}

function statusOf(exit: Exit): number {
  if (exit.code !== null) return exit.code;
  return 128 + (exit.signal === null ? 0 : constants.signals[exit.signal]);
}
