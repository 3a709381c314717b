import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { attempt } from './drill-attempt.ts';
import type { BootableApp } from './run-app.ts';

/** A machine that has not answered after so many times the boot with all its memory never will. */
const patienceFactor = 8;
const leastPatienceMs = 3000;

/**
 * The least memory, in whole MiB, with which an application still boots and answers; found by halving, so with a handful of boots.
 *
 * @param leastMiB below it nothing is tried
 * @param mostMiB what it booted with, and how long that took
 * @returns undefined when it does not answer with `mostMiB` either
 */
export async function findMemory(
  ctx: Context,
  app: BootableApp,
  leastMiB: number,
  mostMiB: number,
): Promise<number | undefined> {
  const startedAt = ctx.clock.now();
  if (!(await answers(ctx, app, mostMiB, 60_000))) return undefined;
  const patienceMs = Math.max(leastPatienceMs, patienceFactor * (ctx.clock.now() - startedAt));
  let [low, high] = [leastMiB - 1, mostMiB];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    ctx.emit({ type: 'note', text: `trying ${String(middle)} MiB` });
    if (await answers(ctx, app, middle, patienceMs)) high = middle;
    else low = middle;
  }
  return high;
}

async function answers(ctx: Context, app: BootableApp, memoryMiB: number, patienceMs: number): Promise<boolean> {
  let hasAnswered = false;
  try {
    await attempt(ctx, app, {
      plan: { memoryMiB },
      patienceMs,
      onAnswer(_, { stop }) {
        hasAnswered = true;
        stop();
      },
    });
  } catch (error) {
    if (!(error instanceof KilopyError)) throw error;
  }
  return hasAnswered;
}
