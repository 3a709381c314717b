import { randomBytes } from 'node:crypto';
import {
  createStreamReader,
  driverCommand,
  formatJob,
  type DriverEvent,
  type TestJob,
} from '../app/testing/protocol.ts';
import type { Context } from '../io/context.ts';
import type { Bind, Machine, RunnableImage, RunResult, StopRequest } from '../machine/machine.ts';

export interface JobRun {
  readonly machine: Machine;
  readonly image: RunnableImage;
  readonly binds: readonly Bind[];
  readonly network: 'none' | 'host';
  readonly timeoutMs: number;
}

export interface JobListener {
  readonly event: (event: DriverEvent, stream: Stream) => void;
  readonly output: (bytes: Uint8Array, stream: Stream) => void;
}

type Stream = 'stdout' | 'stderr';

export interface JobEnd extends RunResult {
  /** What was running when the time was over: this run was ended from here. */
  readonly overdue: boolean;
}

/** How long the image and MicroPython in it may take before and after the tests. */
const edgeMs = 60_000;
/** From the interrupt, which gives a traceback, to the kill. */
const patienceMs = 1500;

/** Starts the driver once and listens to it until it ends, by itself or because a test or file takes too long. */
export async function runTestJob(
  ctx: Context,
  { machine, image, binds, network, timeoutMs }: JobRun,
  job: Omit<TestJob, 'nonce'>,
  on: JobListener,
): Promise<JobEnd> {
  const nonce = randomBytes(16).toString('hex');
  const stop = createStop(ctx);
  const clock = watchdog(() => stop.interrupt());
  const reader = (stream: Stream) =>
    createStreamReader(nonce, {
      event(event) {
        if (stream === 'stdout') clock.restart(isLimited(event) ? timeoutMs : edgeMs);
        on.event(event, stream);
      },
      output: (bytes) => on.output(bytes, stream),
    });
  const readers = { stdout: reader('stdout'), stderr: reader('stderr') };
  clock.restart(edgeMs);
  try {
    // Signals are sent to the tests here; what the machine says of that is of no interest.
    const quiet: Context = { ...ctx, emit: () => undefined };
    const result = await machine.run(quiet, image, {
      entrypoint: driverCommand(image.config.entrypoint[0] ?? 'micropython'),
      stdin: Buffer.from(formatJob({ ...job, nonce })),
      binds,
      network,
      output: (chunk, stream) => readers[stream].push(chunk),
      onSignal: stop.subscribe,
    });
    readers.stdout.end();
    readers.stderr.end();
    ctx.signal.throwIfAborted();
    return { ...result, overdue: stop.wasInterrupted() };
  } finally {
    clock.stop();
    stop.release();
  }
}

/** Begins of what is the user's code. */
function isLimited({ kind }: DriverEvent): boolean {
  return kind === 'load' || kind === 'start';
}

interface Watchdog {
  restart(ms: number): void;
  stop(): void;
}

function watchdog(bark: () => void): Watchdog {
  let timer: NodeJS.Timeout | undefined;
  return {
    restart(ms) {
      clearTimeout(timer);
      timer = setTimeout(bark, ms);
    },
    stop: () => clearTimeout(timer),
  };
}

/** The machine asks for signals of a person; here they are made. A second one kills. */
function createStop(ctx: Context): {
  readonly subscribe: (listener: (signal: StopRequest) => void) => () => void;
  readonly interrupt: () => void;
  readonly wasInterrupted: () => boolean;
  readonly release: () => void;
} {
  let send: ((signal: StopRequest) => void) | undefined;
  let interrupted = false;
  let killing: NodeJS.Timeout | undefined;
  const kill = (): void => {
    send?.('SIGINT');
    send?.('SIGINT');
  };
  ctx.signal.addEventListener('abort', kill, { once: true });
  return {
    subscribe(listener) {
      send = listener;
      if (ctx.signal.aborted || interrupted) kill();
      return () => (send = undefined);
    },
    interrupt() {
      interrupted = true;
      send?.('SIGINT');
      killing = setTimeout(() => send?.('SIGINT'), patienceMs);
    },
    wasInterrupted: () => interrupted,
    release() {
      clearTimeout(killing);
      ctx.signal.removeEventListener('abort', kill);
    },
  };
}
