import { join } from 'node:path';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { isAlive, killProcess } from '../../io/processes.ts';
import { processStart } from '../../io/process-mark.ts';
import { connectUnix } from '../../io/unix-line.ts';
import { giveScratch, makeScratch } from '../scratch.ts';
import { memoryKey, memoryPatienceMs } from './app-memory.ts';
import { noAnswer, panicError, refused } from './boot-errors.ts';
import { watchConsole } from './console-watch.ts';
import { newInstanceId, recordInstance, type Instance } from './instances.ts';
import { startBootClock, type BootClock, type BootTimes } from './measure-boot.ts';
import { qemuArguments, type BootPlan } from './qemu-arguments.ts';
import { retryPorts } from './retry-ports.ts';

export interface DetachedOptions {
  readonly name: string;
  readonly patienceMs: number;
  readonly stopsOnInterrupt: boolean;
  readonly graceMs?: number | undefined;
  /** Ask kilopy's init, after the answer, what the application has in memory. */
  readonly asksMemory?: boolean | undefined;
  /** Puts the boot files where they stay as long as the machine; gives the plan with their paths. */
  readonly place: (folder: string) => Promise<BootPlan>;
}

export interface Detached {
  readonly instance: Instance;
  readonly times: BootTimes;
}

const pollMs = 4;

/**
 * Boots in the background and returns when the machine has answered, or at once when it has no port.
 *
 * @throws KilopyError KP9203 to KP9206; the machine is then off
 */
export async function bootDetached(ctx: Context, options: DetachedOptions): Promise<Detached> {
  const folder = await makeScratch(ctx);
  let pid: number | undefined;
  const done = new AbortController();
  try {
    const placed = await options.place(folder);
    const log = join(folder, 'log');
    const id = await newInstanceId(ctx, options.name, placed.board.name);
    const { plan, clock } = await retryPorts(
      ctx,
      placed,
      async (tried) => await startQemu(ctx, tried, folder, done.signal),
    );
    pid = Number((await ctx.fs.readText(join(folder, 'pid'))).trim());
    const began = processStart(pid) ?? '';
    await giveScratch(ctx, folder, pid, began);
    const hostPorts = plan.networks.flatMap(({ forwards }) => forwards.map(({ hostPort }) => hostPort));
    const instance: Instance = {
      id,
      machine: plan.board.name,
      pid,
      processStart: began,
      urls: hostPorts.map((port) => `http://127.0.0.1:${String(port)}`),
      folder,
      stopsOnInterrupt: options.stopsOnInterrupt,
      graceMs: options.graceMs,
    };
    await recordInstance(ctx, instance);
    const times = hostPorts.length === 0 ? {} : await waitForAnswer(ctx, plan, instance, log, clock, options);
    return { instance, times };
  } catch (error) {
    if (pid !== undefined) killProcess(pid, 'SIGKILL');
    await ctx.fs.remove(folder);
    throw error;
  } finally {
    done.abort();
  }
}

interface Started {
  readonly plan: BootPlan;
  readonly clock: BootClock;
}

/** QEMU goes into the background by itself, when it has everything that it needs. */
async function startQemu(ctx: Context, plan: BootPlan, folder: string, signal: AbortSignal): Promise<Started> {
  const [port] = plan.networks.flatMap(({ forwards }) => forwards);
  const abandoned = new AbortController();
  const clock = startBootClock(port?.hostPort, AbortSignal.any([signal, abandoned.signal]));
  const placed = {
    ...plan,
    console: { kind: 'log', file: join(folder, 'log'), socket: join(folder, 'console') },
  } as const;
  const args = qemuArguments({ ...placed, monitor: join(folder, 'monitor'), pidFile: join(folder, 'pid') });
  const { status, stderr } = await ctx.tools.run(plan.board.program, args);
  if (status === 0) return { plan, clock };
  abandoned.abort();
  throw refused(plan, status, stderr.trim());
}

async function waitForAnswer(
  ctx: Context,
  plan: BootPlan,
  { pid, processStart: start, folder }: Instance,
  log: string,
  clock: BootClock,
  { patienceMs, asksMemory = false }: DetachedOptions,
): Promise<BootTimes> {
  const watch = watchConsole((facts) => clock.onFact(facts));
  const deadline = ctx.clock.now() + patienceMs;
  const guestPort = plan.networks.flatMap(({ forwards }) => forwards)[0]?.guestPort ?? 0;
  let times: BootTimes | undefined;
  let askedAt: number | undefined;
  void clock.answered.then((measured) => (times = measured));
  for (let at = 0; ;) {
    ctx.signal.throwIfAborted();
    const bytes = await ctx.fs.readFile(log).catch(() => new Uint8Array());
    if (bytes.length > at) watch.add(bytes.subarray(at));
    at = Math.max(at, bytes.length);
    const facts = watch.facts();
    if (facts.panic !== undefined) throw panicError(plan, facts);
    if (times !== undefined) {
      // It has answered: whatever happens from here on, only its memory may be missing.
      const waitedMs = askedAt === undefined ? 0 : ctx.clock.now() - askedAt;
      const isOver = facts.memory !== undefined || waitedMs > memoryPatienceMs || !isAlive(pid, start);
      if (!asksMemory || isOver) return { ...times, ...facts.memory };
      if (askedAt === undefined) {
        askedAt = ctx.clock.now();
        void connectUnix(join(folder, 'console'), memoryKey);
      }
    } else if (!isAlive(pid, start)) {
      throw new KilopyError(
        'KP9204',
        `${plan.board.name} switched itself off before anything answered on port ${String(guestPort)}`,
        {
          why: facts.lastLine === '' ? 'the console is silent' : `the console said last: ${facts.lastLine}`,
          data: { exitCode: facts.ended?.exitCode ?? 0 },
        },
      );
    }
    if (times === undefined && ctx.clock.now() > deadline)
      throw noAnswer(plan.board.name, guestPort, patienceMs, facts);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
