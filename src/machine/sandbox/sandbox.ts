import { constants } from 'node:os';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { RunningTool } from '../../io/tools.ts';
import { startGuard } from '../guard.ts';
import type { MachineName, RunOptions, RunResult, RunnableImage } from '../machine.ts';
import { announcePorts, type Announcement } from '../network/announce.ts';
import { startForwarder, type Forwarder } from '../network/forwarder.ts';
import { pipeStreams, startOptions } from '../output.ts';
import { childrenOf, isNamespaceInit, signalDisposition } from '../process-table.ts';
import { exitCodeOf, supervise, type Ending, type Running } from '../supervise.ts';
import type { LaunchPlan } from './launch-plan.ts';
import { launchCommand, rootScript, rootScriptName } from './launch-script.ts';
import { planLaunch, type Wrapper } from './plan-launch.ts';

/** Kills the process group `$1` and removes the folder `$2`: what a killed kilopy leaves behind. */
const abandon = 'kill -KILL "-$1" 2>/dev/null; rm -rf -- "$2"';

/** Runs an image in namespaces of its own. `wrap` puts a program in front of the entry point (QEMU). */
export async function runInSandbox(
  ctx: Context,
  machine: MachineName,
  image: RunnableImage,
  options: RunOptions,
  wrap?: Wrapper,
): Promise<RunResult> {
  const calledAt = ctx.clock.now();
  const scratch = await ctx.fs.makeTempDirectory(`${ctx.env['TMPDIR'] ?? '/tmp'}/kilopy-run-`);
  let forwarder: Forwarder | undefined;
  try {
    const plan = await planLaunch(ctx, image, options, scratch, wrap);
    await ctx.fs.makeDirectory(`${scratch}/root`);
    await ctx.fs.writeFile(`${scratch}/${rootScriptName}`, rootScript(plan));
    if (plan.network?.relay !== undefined) forwarder = await startForwarder(image.config.ports, scratch);
    return await runPlan(ctx, { machine, image, options, plan, forwarder, calledAt });
  } finally {
    await forwarder?.close();
    await ctx.fs.remove(scratch);
  }
}

interface Run {
  readonly machine: MachineName;
  readonly image: RunnableImage;
  readonly options: RunOptions;
  readonly plan: LaunchPlan;
  readonly forwarder: Forwarder | undefined;
  readonly calledAt: number;
}

async function runPlan(ctx: Context, run: Run): Promise<RunResult> {
  const { plan, options, image, calledAt } = run;
  const [program = '', ...args] = launchCommand(plan);
  const announcement = await announcePorts(ctx, { image, options, forwarder: run.forwarder });
  const tool = ctx.tools.start(program, args, { ...startOptions(options), env: { LC_ALL: 'C' } });
  const standDown = startGuard(ctx, abandon, [String(tool.pid), plan.scratch]);
  let ending: Ending;
  let firstOutputAt: number | undefined;
  try {
    const piped = pipeStreams(ctx, tool, options);
    const running = sandboxed(ctx, tool, plan.underShell);
    const watching = watchPorts(ctx, tool, announcement);
    ending = await supervise(ctx, running, image.config.stopSignal, options);
    await piped.done;
    await watching.stop();
    firstOutputAt = piped.firstOutputAt();
  } finally {
    tool.kill('SIGKILL', true);
    await standDown();
  }
  const startedAt = await startTime(ctx, plan, ending.signal !== undefined);
  const signal = ending.signal ?? (await unreportedSignal(ctx, plan, ending.exitCode));
  if (signal !== undefined) {
    ending = { ...ending, exitCode: exitCodeOf(signal), signal };
    ctx.emit({ type: 'note', text: `the app was ended by ${signal}` });
  }
  return {
    machine: run.machine,
    ...ending,
    startedMs: Math.max(0, startedAt - calledAt),
    ...(firstOutputAt === undefined ? {} : { firstOutputMs: Math.max(0, firstOutputAt - startedAt) }),
    durationMs: ctx.clock.now() - calledAt,
  };
}

/** When the launch script gave way to the app. Throws KP9010 with the words of the set-up when it never did. */
async function startTime(ctx: Context, plan: LaunchPlan, interrupted: boolean): Promise<number> {
  const marker = `${plan.scratch}/started`;
  if (await ctx.fs.exists(marker)) return Number((await ctx.fs.stat(marker)).mtimeNs / 1000n) / 1000;
  if (interrupted) return ctx.clock.now();
  const words = await setupLog(ctx, plan);
  throw new KilopyError('KP9010', 'The sandbox could not be set up', {
    why: words === '' ? undefined : words.slice(0, 2000),
    data: { mode: plan.mode },
  });
}

const crashes: readonly NodeJS.Signals[] = ['SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGKILL', 'SIGSEGV'];

/**
 * A shell in between knows only 128 + n, which an app may also return by itself: taken for a signal where it is one of a crash. And unshare ends
 * with the app's signal, but cannot set SIGKILL to its default first (util-linux 2.38) and gives up with status 1.
 */
async function unreportedSignal(ctx: Context, plan: LaunchPlan, exitCode: number): Promise<NodeJS.Signals | undefined> {
  if (plan.underShell) return crashes.find((signal) => exitCode === exitCodeOf(signal));
  if (exitCode !== 1) return undefined;
  return (await setupLog(ctx, plan)).includes('sigprocmask unblock failed') ? 'SIGKILL' : undefined;
}

async function setupLog(ctx: Context, plan: LaunchPlan): Promise<string> {
  const log = `${plan.scratch}/setup.log`;
  return (await ctx.fs.exists(log)) ? (await ctx.fs.readText(log)).trim() : '';
}

function sandboxed(ctx: Context, tool: RunningTool, underShell: boolean): Running {
  const init = async (): Promise<number | undefined> => {
    for (const pid of await childrenOf(ctx, tool.pid)) if (await isNamespaceInit(ctx, pid)) return pid;
    return undefined;
  };
  const send = async (pid: number, signal: NodeJS.Signals): Promise<void> => {
    await ctx.tools.run('sh', ['-c', 'kill -"$1" "$2"', 'kilopy', signal.replace('SIG', ''), String(pid)]);
  };
  // Killing process 1 ends its whole namespace, and unshare returns only when that is done.
  const kill = async (): Promise<void> => {
    const pid = await init();
    if (pid === undefined) tool.kill('SIGKILL', true);
    else await send(pid, 'SIGKILL');
  };
  return {
    tool,
    kill,
    async deliver(signal) {
      const first = await init();
      const app = underShell && first !== undefined ? (await childrenOf(ctx, first))[0] : first;
      const disposition = app === undefined ? 'gone' : await signalDisposition(ctx, app, constants.signals[signal]);
      // The kernel drops a signal that process 1 does not handle (pid_namespaces(7)); anywhere else it would end the process.
      if (app === undefined || disposition === 'gone' || disposition === 'default') {
        await kill();
        return 'killed';
      }
      await send(app, signal);
      return disposition === 'ignored' ? 'ignored' : 'sent';
    },
  };
}

/** Looks for the app's listening sockets until all declared ports were seen or the run is over. */
function watchPorts(ctx: Context, tool: RunningTool, announcement: Announcement): { stop(): Promise<void> } {
  let over = false;
  let wake: (() => void) | undefined;
  const loop = async (): Promise<void> => {
    let pauseMs = 20;
    while (!over && announcement.pending()) {
      const children = await childrenOf(ctx, tool.pid);
      const [pid] = children;
      if (pid !== undefined) await announcement.look(pid);
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, pauseMs).unref();
      });
      pauseMs = Math.min(250, pauseMs * 1.2);
    }
  };
  const done = loop();
  return {
    async stop() {
      over = true;
      wake?.();
      await done;
    },
  };
}
