import type { Context } from '../../io/context.ts';
import { chooseMachine } from '../../machine/choose-machine.ts';
import { openStore } from '../../store/store.ts';
import { assemble } from '../assemble.ts';
import type { BuildRequest } from '../build-request.ts';
import { targetToRun, withRunnable } from '../run.ts';
import { measured, type Row } from './comparison.ts';

/** Printed by MicroPython of the route; its first byte ends the clock. */
export const question = "f=open('/proc/self/status')\nprint(f.read())";

/** One start: calls `output` with what MicroPython prints, and ends with it. */
type Start = (output: (chunk: Uint8Array) => void) => Promise<unknown>;

const timeoutMs = 20_000;

/** Laid out once, started several times. */
export async function startOfImage(ctx: Context, order: BuildRequest, starts: number): Promise<StartUp> {
  const store = await openStore(ctx, undefined, { offline: order.offline });
  const assembled = await assemble(ctx, store, order);
  const target = targetToRun(ctx, assembled.spec);
  const { machine } = await chooseMachine(ctx, target);
  const entrypoint = ['/usr/bin/micropython', '-c', question];
  return await withRunnable(ctx, store, assembled, target, machine.name, async (image) =>
    best(starts, async (output) => machine.run(ctx, image, { entrypoint, network: 'none', timeoutMs, output })),
  );
}

/** Of a program file whose application asks `question`. */
export async function startOfProgram(ctx: Context, path: string, starts: number): Promise<StartUp> {
  return await best(starts, async (output) => {
    const tool = ctx.tools.start(path, [], { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe', timeoutMs });
    for await (const chunk of tool.stdout ?? []) output(chunk);
    await tool.exited;
  });
}

export type StartUp = Pick<Row, 'start' | 'rss'>;

/** The shortest time counts, because everything else is other people's work. */
async function best(starts: number, start: Start): Promise<StartUp> {
  let shortest = Number.POSITIVE_INFINITY;
  let text = '';
  for (let i = 0; i < starts; i += 1) {
    const begun = performance.now();
    let first: number | undefined;
    text = '';
    await start((chunk) => {
      first ??= performance.now();
      text += Buffer.from(chunk).toString();
    });
    if (first !== undefined) shortest = Math.min(shortest, first - begun);
  }
  const why = 'MicroPython printed nothing';
  return {
    start: measured(Number.isFinite(shortest) ? Math.round(shortest * 10) / 10 : undefined, why),
    rss: measured(residentBytes(text), why),
  };
}

/** VmHWM of proc(5), which is in kB of 1024 bytes. */
function residentBytes(status: string): number | undefined {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/mu.exec(status)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}
