import { join } from 'node:path';
import type { Context } from '../../io/context.ts';
import { boot, type BootedMachine } from '../../machine/qemu-system/boot.ts';
import type { BootPlan } from '../../machine/qemu-system/qemu-arguments.ts';
import type { SignalSource } from '../../machine/machine.ts';
import type { BootableApp } from './run-app.ts';

/** How long a machine may take to answer in a drill. */
export const patienceMs = 60_000;

export interface Attempt {
  readonly words?: readonly string[];
  readonly plan?: Partial<BootPlan> | ((plan: BootPlan) => Promise<Partial<BootPlan>>);
  readonly onAnswer?: (plan: BootPlan, machine: BootedMachine) => void | Promise<void>;
  /** Gets the whole console whenever something was added. */
  readonly onText?: (text: string) => void;
  /** In place of a minute. */
  readonly patienceMs?: number;
  /** Switches the machine off by force. */
  readonly cutAt?: AbortSignal;
  readonly mustSay?: RegExp;
  readonly mustNotSay?: RegExp;
}

/** One boot to its end. Undefined when everything was as it must be. */
export async function attempt(ctx: Context, app: BootableApp, wanted: Attempt): Promise<string | undefined> {
  const folder = await ctx.fs.makeTempDirectory(join(ctx.host.tempFolder, 'kilopy-drill-'));
  try {
    const placed = await app.place(folder, wanted.words);
    const plan = { ...placed, ...(typeof wanted.plan === 'function' ? await wanted.plan(placed) : wanted.plan) };
    let text = '';
    await boot(ctx, plan, {
      output(bytes) {
        text += Buffer.from(bytes).toString().replaceAll('\r', '');
        wanted.onText?.(text);
      },
      onAnswer: async (_, machine) => await (wanted.onAnswer ?? stopAtOnce)(machine.plan, machine),
      onSignal: cutSource(wanted.cutAt),
      patience: { ms: wanted.patienceMs ?? patienceMs, afterwards: 'fail' },
      stopsOnInterrupt: app.stopsOnInterrupt && wanted.cutAt === undefined,
    });
    if (wanted.mustSay !== undefined && !wanted.mustSay.test(text))
      return `the console did not say what it must; its last lines: ${lastLines(text)}`;
    if (wanted.mustNotSay?.test(text) === true) return `the console said: ${lastLines(text)}`;
    return undefined;
  } finally {
    await ctx.fs.remove(folder);
  }
}

function stopAtOnce(_: BootPlan, { stop }: BootedMachine): void {
  stop();
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-3).join(' | ');
}

function cutSource(signal: AbortSignal | undefined): SignalSource | undefined {
  if (signal === undefined) return undefined;
  return (listener) => {
    const onAbort = (): void => listener('SIGTERM');
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    return () => signal.removeEventListener('abort', onAbort);
  };
}
