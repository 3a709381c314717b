import type { Context } from '../io/context.ts';
import type { Forwarder } from '../io/forward-ports.ts';
import type { RunningTool } from '../io/tools.ts';
import type { MachineName, RunOptions, RunResult, RunnableImage } from './machine.ts';
import { announcePorts } from './network/announce.ts';
import { startRelay } from './network/engine-relay.ts';
import { watchPorts } from './network/watch-ports.ts';
import { pipeStreams } from './output.ts';
import { exitCodeOf } from './signal-numbers.ts';
import { supervise, type Ending, type Running } from './supervise.ts';

/** What every machine does from the start of an app to its end. */
export interface Attended {
  readonly machine: MachineName;
  readonly image: RunnableImage;
  readonly options: RunOptions;
  /** When the machine was called, as ctx.clock tells it. */
  readonly calledAt: number;
  readonly forwarder: Forwarder | undefined;
  /** Folder of the forwarder's sockets, when the relay is to be started in the app's network. */
  readonly relayFolder?: string | undefined;
  /** Ports that an engine makes reachable itself. */
  readonly published?: readonly number[] | undefined;
  start(): RunningTool;
  running(tool: RunningTool): Running;
  /** A process in the app's network, as soon as there is one. */
  processOf(tool: RunningTool): Promise<number | undefined>;
  /** When the app was executed. Throws KP901x when it never was. */
  startedAt(ending: Ending): Promise<number>;
  /** The signal that ended the app, where the program in between does not tell it. */
  signalOf(ending: Ending): Promise<NodeJS.Signals | undefined>;
}

export async function attend(ctx: Context, run: Attended): Promise<RunResult> {
  const { image, options, calledAt } = run;
  const announcement = await announcePorts(ctx, run);
  let stopRelay: (() => Promise<void>) | undefined;
  const tool = run.start();
  const piped = pipeStreams(ctx, tool, options);
  const watching = watchPorts(
    ctx,
    async () => {
      const pid = await run.processOf(tool);
      if (pid !== undefined && run.relayFolder !== undefined && run.forwarder !== undefined) {
        stopRelay ??= await startRelay(ctx, pid, run.relayFolder, image.config.ports);
      }
      return pid;
    },
    announcement,
  );
  let ending: Ending;
  try {
    ending = await supervise(ctx, run.running(tool), image.config.stopSignal, options);
    await piped.done;
  } finally {
    tool.kill('SIGKILL', true);
    await watching.stop();
    await stopRelay?.();
  }
  const startedAt = await run.startedAt(ending);
  const firstOutputAt = piped.firstOutputAt();
  const signal = ending.signal ?? (await run.signalOf(ending));
  if (signal !== undefined) ctx.emit({ type: 'note', text: `the app was ended by ${signal}` });
  return {
    machine: run.machine,
    exitCode: signal === undefined ? ending.exitCode : exitCodeOf(signal),
    signal,
    timedOut: ending.timedOut,
    startedMs: Math.max(0, startedAt - calledAt),
    ...(firstOutputAt === undefined ? {} : { firstOutputMs: Math.max(0, firstOutputAt - startedAt) }),
    durationMs: ctx.clock.now() - calledAt,
  };
}
