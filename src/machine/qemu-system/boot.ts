import type { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { openQmp } from '../../io/qmp-client.ts';
import type { RunningTool } from '../../io/tools.ts';
import { startGuard } from '../guard.ts';
import type { SignalSource } from '../machine.ts';
import { makeScratch } from '../scratch.ts';
import { askAppMemory } from './app-memory.ts';
import { noAnswer, panicError, refused } from './boot-errors.ts';
import { watchConsole, type ConsoleWatch } from './console-watch.ts';
import { startBootClock, type BootTimes } from './measure-boot.ts';
import { qemuArguments, type BootPlan } from './qemu-arguments.ts';
import { retryPorts } from './retry-ports.ts';

export interface BootOptions {
  /** Gets what the serial console says, as it comes. */
  readonly output: (bytes: Uint8Array) => void;
  /** Keys for the console; returns how to unsubscribe. */
  readonly keys?: ((press: (bytes: Uint8Array) => void) => () => void) | undefined;
  readonly onSignal?: SignalSource | undefined;
  /** Called when the machine has answered on its first forwarded port. What it returns is waited for; `stop` ends the machine. */
  readonly onAnswer?: ((times: BootTimes, machine: BootedMachine) => void | Promise<void>) | undefined;
  /** After so many milliseconds without an answer: `fail` ends the machine with KP9204, `warn` says so and goes on. */
  readonly patience: { readonly ms: number; readonly afterwards: 'fail' | 'warn' };
  /** From the wish to stop until the machine is switched off by force. */
  readonly graceMs?: number | undefined;
  /** Whether the machine takes Ctrl-C on its console as the wish to stop, as kilopy's init does. */
  readonly stopsOnInterrupt: boolean;
  /** Ask kilopy's init, after the answer, what the application has in memory. */
  readonly asksMemory?: boolean | undefined;
}

/** A machine that has answered. */
export interface BootedMachine {
  /** As Ctrl-C. */
  readonly stop: () => void;
  /** Unix socket of QEMU's monitor (QMP). */
  readonly monitor: string;
  /** As it was booted: ports that were taken at the last moment are others than planned. */
  readonly plan: BootPlan;
}

export interface BootResult extends BootTimes {
  /** The application's own when init told it; else 0 for a machine that powered itself off. */
  readonly exitCode: number;
  readonly stopped: boolean;
}

const interrupt = Uint8Array.of(3);
const defaultGraceMs = 10_000;

/**
 * Boots, and stays until the machine is off.
 *
 * @throws KilopyError KP9203 a chosen port is taken, KP9204 no answer in time, KP9205 kernel panic, KP9206 QEMU refused
 */
export async function boot(ctx: Context, plan: BootPlan, options: BootOptions): Promise<BootResult> {
  return await retryPorts(ctx, plan, async (tried) => await bootOnce(ctx, tried, options));
}

async function bootOnce(ctx: Context, plan: BootPlan, options: BootOptions): Promise<BootResult> {
  const folder = await makeScratch(ctx);
  const monitor = `${folder}/monitor`;
  const abandoned = new AbortController();
  const port = plan.networks.flatMap(({ forwards }) => forwards)[0];
  const tool = ctx.tools.start(plan.board.program, qemuArguments({ ...plan, monitor, console: { kind: 'stdio' } }), {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    detached: true,
  });
  const clock = startBootClock(port?.hostPort, abandoned.signal);
  const standDown = startGuard(ctx, 'kill -9 "$1" 2>/dev/null; rm -rf -- "$2"', [String(tool.pid), folder]);
  const watch = watchConsole((facts) => {
    clock.onFact(facts);
    // Some boards can neither restart after a panic nor switch themselves off.
    if (facts.panic !== undefined || facts.halted) setTimeout(() => tool.kill('SIGKILL'), 100);
  });
  const control = createControl(ctx, plan, tool, monitor, options, watch);
  let times: BootTimes | undefined;
  const answering = clock.answered.then(async (measured) => {
    // QEMU obeys its monitor once it has all its ports; until then it was another program that answered.
    if (measured === undefined || !(await obeys(monitor))) return;
    times = measured;
    const memory =
      options.asksMemory === true
        ? await askAppMemory(
            (bytes) => void tool.stdin?.write(bytes),
            () => watch.facts(),
          )
        : undefined;
    times = { ...measured, ...memory };
    await options.onAnswer?.(times, { stop: control.stop, monitor, plan });
  });
  answering.catch(() => tool.kill('SIGKILL'));
  try {
    control.watchPatience(port?.guestPort, () => times !== undefined);
    const [stderr] = await Promise.all([wordsOf(tool), readConsole(tool, watch, options)]);
    const { code, signal } = await tool.exited;
    abandoned.abort();
    await answering;
    const facts = watch.facts();
    const late = control.overdue();
    if (facts.panic !== undefined) throw panicError(plan, facts);
    if (late !== undefined) throw late;
    if (!control.isStopped() && !facts.halted && (code !== 0 || signal !== null)) throw refused(plan, code, stderr);
    return { ...times, exitCode: facts.ended?.exitCode ?? 0, stopped: control.isStopped() };
  } finally {
    abandoned.abort();
    control.release();
    tool.kill('SIGKILL');
    await ctx.fs.remove(folder);
    await standDown();
  }
}

interface Control {
  readonly stop: () => void;
  readonly isStopped: () => boolean;
  readonly overdue: () => KilopyError | undefined;
  /** Waits for an answer on this port, or for nothing. */
  readonly watchPatience: (guestPort: number | undefined, hasAnswered: () => boolean) => void;
  readonly release: () => void;
}

/** Everything that ends a machine from outside. */
function createControl(
  ctx: Context,
  { board }: BootPlan,
  tool: RunningTool,
  monitor: string,
  options: BootOptions,
  watch: ConsoleWatch,
): Control {
  const timers: NodeJS.Timeout[] = [];
  const graceMs = options.graceMs ?? defaultGraceMs;
  let stopped = false;
  let late: KilopyError | undefined;
  const powerOff = async (): Promise<void> => {
    const qmp = await openQmp(monitor);
    await qmp?.run('quit').catch(() => undefined);
    qmp?.close();
    timers.push(setTimeout(() => tool.kill('SIGKILL'), 1000));
  };
  const stop = (): void => {
    if (stopped || !options.stopsOnInterrupt) {
      stopped = true;
      void powerOff();
      return;
    }
    stopped = true;
    tool.stdin?.write(interrupt);
    timers.push(
      setTimeout(() => {
        ctx.emit({
          type: 'note',
          text: `the machine did not switch itself off within ${String(graceMs / 1000)} s: its power is cut`,
        });
        void powerOff();
      }, graceMs),
    );
  };
  tool.stdin?.on('error', () => undefined);
  const releases = [
    options.keys?.((bytes) => void tool.stdin?.write(bytes)),
    (options.onSignal ?? abortOf(ctx))(() => stop()),
  ];
  return {
    stop,
    isStopped: () => stopped,
    overdue: () => late,
    watchPatience(guestPort, hasAnswered) {
      if (guestPort === undefined) return;
      const { ms, afterwards } = options.patience;
      const onLate = (): void => {
        if (hasAnswered() || stopped) return;
        const error = noAnswer(board.name, guestPort, ms, watch.facts());
        if (afterwards === 'warn') ctx.emit({ type: 'warning', text: `${error.message}; ${error.why ?? ''}` });
        else {
          late = error;
          void powerOff();
        }
      };
      timers.push(setTimeout(onLate, ms));
    },
    release() {
      for (const timer of timers) clearTimeout(timer);
      for (const release of releases) release?.();
    },
  };
}

async function obeys(monitor: string): Promise<boolean> {
  const qmp = await openQmp(monitor);
  qmp?.close();
  return qmp !== undefined;
}

function abortOf(ctx: Context): SignalSource {
  return (listener) => {
    const onAbort = (): void => listener('SIGTERM');
    if (ctx.signal.aborted) onAbort();
    else ctx.signal.addEventListener('abort', onAbort, { once: true });
    return () => ctx.signal.removeEventListener('abort', onAbort);
  };
}

async function readConsole(tool: RunningTool, watch: ConsoleWatch, { output }: BootOptions): Promise<void> {
  for await (const chunk of tool.stdout ?? []) {
    watch.add(chunk);
    output(chunk);
  }
}

async function wordsOf(tool: RunningTool): Promise<string> {
  let words = '';
  for await (const chunk of tool.stderr ?? []) words = (words + Buffer.from(chunk).toString()).slice(-4096);
  return words.trim();
}
