import { rmSync } from 'node:fs';
import { expect } from 'vitest';
import { drillKill, killReferences, moments, watchBuild, type Moment } from './drill-kill.ts';
import type { Workplace } from './failing-cli.ts';
import { seededRandom } from './random.ts';

/** Builds of a place, each ended at one of the recorded moments: half by SIGINT, half by SIGKILL. */
export interface Drill {
  /** Moments that are drawn. */
  readonly count: number;
  /** For the same moments in every run. */
  readonly seed: number;
  /** Which of the moments that were drawn are taken, for a build that writes so many lines. Default all. */
  readonly choose?: (drawn: readonly Moment[], lines: number) => readonly Moment[];
  /** Every line is tried with either signal; else the signals take turns. */
  readonly everyLine: boolean;
}

/** Which steps were met, and how many builds had ended before their signal. Each build must leave all as it has to be. */
export async function drillKills(
  place: Workplace,
  { count, seed, choose = (drawn) => drawn, everyLine }: Drill,
): Promise<{ readonly steps: readonly string[]; readonly late: number }> {
  const references = await killReferences(place);
  rmSync(place.store, { recursive: true });
  const recorded = await watchBuild(place);
  expect(recorded.status).toBe(0);
  const lines = recorded.timesMs.length;
  const hit = new Map<string, number>();
  let late = 0;
  for (const [at, moment] of choose(moments(recorded, count, seededRandom(seed)), lines).entries()) {
    rmSync(place.store, { recursive: true, force: true });
    const both = 2 * (lines + 1);
    const signal = (everyLine && at < both ? at < both / 2 : at % 2 === 0) ? 'SIGKILL' : 'SIGINT';
    const { step, tooLate } = await drillKill(place, at % 2 === 0 ? 1 : 0, references, signal, moment);
    hit.set(step, (hit.get(step) ?? 0) + 1);
    if (tooLate) late += 1;
    if (at % 10 === 9) console.log(`${String(at + 1)} moments, ${String(late)} too late`);
  }
  console.log(`moments by step: ${JSON.stringify(Object.fromEntries(hit))}, ${String(late)} too late`);
  return { steps: [...hit.keys()], late };
}
