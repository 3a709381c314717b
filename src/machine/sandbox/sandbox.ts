import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { forwardPorts, type Forwarder } from '../../io/forward-ports.ts';
import type { RunningTool } from '../../io/tools.ts';
import { attend } from '../attend.ts';
import { deliver, sendSignal } from '../deliver.ts';
import { startGuard, type StandDown } from '../guard.ts';
import type { MachineName, RunOptions, RunResult, RunnableImage } from '../machine.ts';
import { startOptions } from '../output.ts';
import { childrenOf, initOf } from '../process-table.ts';
import { makeScratch } from '../scratch.ts';
import { crashSignal, type Running } from '../supervise.ts';
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
  const scratch = await makeScratch(ctx);
  let forwarder: Forwarder | undefined;
  try {
    const plan = await planLaunch(ctx, image, options, scratch, wrap);
    await ctx.fs.makeDirectory(`${scratch}/root`);
    await ctx.fs.writeFile(`${scratch}/${rootScriptName}`, rootScript(plan));
    if (plan.network?.relay !== undefined) forwarder = await forwardPorts(image.config.ports, scratch);
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
  const { plan, options } = run;
  const [program = '', ...args] = launchCommand(plan);
  let standDown: StandDown | undefined;
  try {
    return await attend(ctx, {
      ...run,
      start() {
        const tool = ctx.tools.start(program, args, { ...startOptions(options), env: { LC_ALL: 'C' } });
        standDown = startGuard(ctx, abandon, [String(tool.pid), plan.scratch]);
        return tool;
      },
      running: (tool) => sandboxed(ctx, tool, plan.underShell),
      processOf: async (tool) => (await childrenOf(ctx, tool.pid))[0],
      startedAt: async (ended) => await startTime(ctx, plan, isInterrupted(ended)),
      signalOf: async ({ exitCode }) => await unreportedSignal(ctx, plan, exitCode),
    });
  } finally {
    await standDown?.();
  }
}

/** By a signal, or by a shell of the set-up that reports one (130 and 143: 128 + SIGINT or SIGTERM). */
function isInterrupted({ signal, exitCode }: { readonly signal?: unknown; readonly exitCode: number }): boolean {
  return signal !== undefined || exitCode === 130 || exitCode === 143;
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

/**
 * A shell in between knows only 128 + n, which an app may also return by itself: taken for a signal where it is one of a crash. And unshare ends
 * with the app's signal, but cannot set SIGKILL to its default first (util-linux 2.38) and gives up with status 1.
 */
async function unreportedSignal(ctx: Context, plan: LaunchPlan, exitCode: number): Promise<NodeJS.Signals | undefined> {
  if (plan.underShell) return crashSignal(exitCode);
  if (exitCode !== 1) return undefined;
  return (await setupLog(ctx, plan)).includes('sigprocmask unblock failed') ? 'SIGKILL' : undefined;
}

async function setupLog(ctx: Context, plan: LaunchPlan): Promise<string> {
  const log = `${plan.scratch}/setup.log`;
  return (await ctx.fs.exists(log)) ? (await ctx.fs.readText(log)).trim() : '';
}

function sandboxed(ctx: Context, tool: RunningTool, underShell: boolean): Running {
  const init = async (): Promise<number | undefined> => await initOf(ctx, tool.pid);
  // Killing process 1 ends its whole namespace, and unshare returns only when that is done.
  const kill = async (): Promise<void> => {
    const pid = await init();
    if (pid === undefined) tool.kill('SIGKILL', true);
    else await sendSignal(ctx, pid, 'SIGKILL');
  };
  return {
    tool,
    kill,
    async deliver(signal) {
      const first = await init();
      const app = underShell && first !== undefined ? (await childrenOf(ctx, first))[0] : first;
      const send = async (): Promise<void> => await sendSignal(ctx, app ?? 0, signal);
      return await deliver(ctx, app, signal, { send, kill });
    },
  };
}
