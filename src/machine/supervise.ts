import type { Context } from '../io/context.ts';
import type { RunningTool } from '../io/tools.ts';
import type { RunOptions, StopRequest } from './machine.ts';
import { exitCodeOf } from './signal-numbers.ts';

/** How a running app is reached, whatever it runs in. */
export interface Running {
  readonly tool: RunningTool;
  /** Sends a signal to the app. `killed`: the app does not handle it and was ended, as the signal would have done outside a container. */
  deliver(signal: NodeJS.Signals): Promise<'sent' | 'ignored' | 'killed'>;
  kill(): Promise<void>;
}

export interface Ending {
  readonly exitCode: number;
  readonly signal?: NodeJS.Signals | undefined;
  readonly timedOut: boolean;
}

const defaultGraceMs = 10_000;
/** Silence after the first Ctrl-C before the second is suggested. */
const patienceMs = 1000;

/**
 * Waits for the app. First Ctrl-C: SIGINT to the app, once. Second: SIGKILL. SIGTERM and SIGHUP: the image's stop signal, then SIGKILL
 * after the grace time. The time-out kills.
 */
export async function supervise(
  ctx: Context,
  running: Running,
  stopSignal: NodeJS.Signals,
  options: Pick<RunOptions, 'onSignal' | 'timeoutMs' | 'graceMs'>,
): Promise<Ending> {
  const timers: NodeJS.Timeout[] = [];
  const later = (ms: number, act: () => void): number => timers.push(setTimeout(act, ms));
  let endedBy: NodeJS.Signals | undefined;
  let requests = 0;
  let timedOut = false;
  const kill = async (): Promise<void> => {
    endedBy ??= 'SIGKILL';
    await running.kill();
  };
  const stop = async (request: StopRequest): Promise<void> => {
    if (++requests > 1) {
      note(ctx, 'asked to stop again: the app is killed');
      await kill();
      return;
    }
    const graceMs = options.graceMs ?? defaultGraceMs;
    const signal = request === 'SIGINT' ? request : stopSignal;
    const outcome = await running.deliver(signal);
    if (outcome === 'killed') endedBy ??= signal;
    else if (request === 'SIGINT') later(patienceMs, () => note(ctx, stillRuns(outcome)));
    else {
      later(graceMs, () => {
        note(ctx, `the app did not end within ${String(graceMs / 1000)} s of ${signal}: it is killed`);
        void kill();
      });
    }
  };
  let acting: Promise<void> = Promise.resolve();
  const onStop = (request: StopRequest): void => {
    acting = Promise.all([acting, stop(request)]).then(() => undefined);
    // Awaited when the app has ended.
    acting.catch(() => undefined);
  };
  const unsubscribe = (options.onSignal ?? abortAsSignal(ctx))(onStop);
  if (options.timeoutMs !== undefined) {
    later(options.timeoutMs, () => {
      timedOut = true;
      void kill();
    });
  }
  try {
    const { code, signal } = await running.tool.exited;
    // The app may be gone before its killer has returned to say what for.
    await acting;
    const by = code === null ? (endedBy ?? signal ?? undefined) : endedOf(code, endedBy);
    return { exitCode: by === undefined ? (code ?? 0) : exitCodeOf(by), signal: by, timedOut };
  } finally {
    unsubscribe();
    for (const timer of timers) clearTimeout(timer);
  }
}

const crashes: readonly NodeJS.Signals[] = ['SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGKILL', 'SIGSEGV'];

/** The signal behind 128 + n from a machine that tells no more, where it is one of a crash: an app may return such a number by itself. */
export function crashSignal(exitCode: number): NodeJS.Signals | undefined {
  return crashes.find((signal) => exitCode === exitCodeOf(signal));
}

/** Killed by kilopy: unshare and the engines report that with codes of their own. */
function endedOf(code: number, endedBy: NodeJS.Signals | undefined): NodeJS.Signals | undefined {
  if (endedBy === undefined) return undefined;
  return [exitCodeOf(endedBy), exitCodeOf('SIGKILL'), 1].includes(code) ? endedBy : undefined;
}

function stillRuns(outcome: 'sent' | 'ignored'): string {
  const why = outcome === 'ignored' ? 'the app ignores SIGINT' : 'the app is still ending';
  return `${why}; Ctrl-C again kills it`;
}

function abortAsSignal(ctx: Context): NonNullable<RunOptions['onSignal']> {
  return (listener) => {
    const onAbort = (): void => listener('SIGTERM');
    if (ctx.signal.aborted) onAbort();
    else ctx.signal.addEventListener('abort', onAbort, { once: true });
    return () => ctx.signal.removeEventListener('abort', onAbort);
  };
}

function note(ctx: Context, text: string): void {
  ctx.emit({ type: 'note', text });
}
