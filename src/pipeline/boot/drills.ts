import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { firstAnswer } from '../../io/first-answer.ts';
import type { DiskWishes } from './disk-parts.ts';
import { openQmp } from '../../io/qmp-client.ts';
import type { BootedMachine } from '../../machine/qemu-system/boot.ts';
import type { BootPlan } from '../../machine/qemu-system/qemu-arguments.ts';
import { attempt, patienceMs } from './drill-attempt.ts';
import { cutPower } from './power-cuts.ts';
import type { BootableApp } from './run-app.ts';

/** One thing that goes wrong in the field. */
export interface Drill {
  readonly name: string;
  /** What must be true for it to pass. */
  readonly passes: string;
  readonly run: (ctx: Context, apps: DrillApps) => Promise<string | undefined>;
}

/** The application, as the drills want it. */
export interface DrillApps {
  /** With its root in memory. */
  readonly memory: () => Promise<BootableApp>;
  /** On a disk with a partition for data; what is written stays in the files of that run. */
  readonly disk: (wishes: Pick<DiskWishes, 'fillsData' | 'dataFiles'>) => Promise<BootableApp>;
  /** How often the power is cut. */
  readonly powerCuts: number;
  /** How long is written before, at most. */
  readonly writingMs?: number;
}

export interface DrillResult {
  readonly name: string;
  readonly passes: string;
  readonly ok: boolean;
  /** Why not. */
  readonly why?: string | undefined;
  readonly durationMs: number;
}

const shortMs = 1500;

/** In the order in which they are run. */
export const drills: readonly Drill[] = [
  {
    name: 'no DNS',
    passes: 'the application answers without a name server',
    run: async (ctx, { memory }) =>
      await attempt(ctx, await memory(), {
        words: ['kilopy.network=static,10.0.2.15/24,10.0.2.2'],
      }),
  },
  {
    name: '1970 clock',
    passes: 'the application answers although the clock chip shows 1970',
    run: async (ctx, { memory }) => await attempt(ctx, await memory(), { plan: { clockBase: '1970-01-01T00:00:00' } }),
  },
  {
    name: 'full data partition',
    passes: 'the application answers although nothing more can be written',
    run: async (ctx, { disk }) => await attempt(ctx, await disk({ fillsData: true }), {}),
  },
  {
    name: 'cable pulled',
    passes: 'silent while the cable is out, answers again when it is back',
    run: pullCable,
  },
  {
    name: 'SIGTERM',
    passes: 'the application ends by itself within ten seconds, and the machine is off in order',
    run: async (ctx, { memory }) =>
      await attempt(ctx, await memory(), {
        mustSay: /^init: application (?:ended with status|killed by signal (?:2|15))/m,
        mustNotSay: /did not end in time/,
      }),
  },
  {
    name: 'crash loop',
    passes: 'it is started three times, then not again, and the console says so',
    run: async (ctx, { memory }) =>
      await attempt(ctx, await memory(), {
        words: [
          'kilopy.restart=a',
          'kilopy.crashes=3',
          'kilopy.arg=/usr/bin/micropython',
          'kilopy.arg=-c',
          'kilopy.arg=1/0',
        ],
        mustSay: /^init: crash loop/m,
      }),
  },
  {
    name: 'memory exhausted',
    passes: 'the application fails, the machine does not',
    run: async (ctx, { memory }) =>
      await attempt(ctx, await memory(), {
        words: [
          'kilopy.arg=/usr/bin/micropython',
          'kilopy.arg=-X',
          'kilopy.arg=heapsize=99M',
          'kilopy.arg=-c',
          'kilopy.arg=[0]*9**8',
        ],
        mustSay: /^init: application (?:ended with status [1-9]|killed by signal)/m,
      }),
  },
  {
    name: 'power cuts',
    passes: 'the root is intact, the data can be mounted, and nothing that was written is lost',
    run: cutPower,
  },
];

/** Runs them one after the other, each on a machine of its own. */
export async function runDrills(
  ctx: Context,
  apps: DrillApps,
  chosen: readonly Drill[],
  onResult: (result: DrillResult) => void,
): Promise<readonly DrillResult[]> {
  const results: DrillResult[] = [];
  for (const { name, passes, run } of chosen) {
    const startedAt = ctx.clock.now();
    const why = await run(ctx, apps).catch(reasonOf);
    const result = { name, passes, ok: why === undefined, why, durationMs: ctx.clock.now() - startedAt };
    results.push(result);
    onResult(result);
  }
  return results;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof KilopyError)) throw error;
  return error.why === undefined ? error.message : `${error.message}: ${error.why}`;
}

async function pullCable(ctx: Context, { memory }: DrillApps): Promise<string | undefined> {
  let fault: string | undefined;
  const onAnswer = async (plan: BootPlan, { stop, monitor }: BootedMachine): Promise<void> => {
    const [network] = plan.networks;
    const port = network?.forwards[0]?.hostPort ?? 0;
    const qmp = await openQmp(monitor);
    await qmp?.run('set_link', { name: network?.id, up: false });
    if ((await firstAnswer(port, AbortSignal.timeout(shortMs))) !== undefined) fault = 'it answered without a cable';
    await qmp?.run('set_link', { name: network?.id, up: true });
    qmp?.close();
    if ((await firstAnswer(port, AbortSignal.timeout(patienceMs))) === undefined)
      fault ??= 'it did not answer with the cable back';
    stop();
  };
  return (await attempt(ctx, await memory(), { onAnswer })) ?? fault;
}
