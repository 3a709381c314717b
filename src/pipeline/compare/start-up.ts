import { join } from 'node:path';
import type { Context } from '../../io/context.ts';
import { elfInterpreter } from '../../machine/elf-interpreter.ts';
import { hostPathOf } from '../../machine/image-path.ts';
import { openStore } from '../../store/store.ts';
import { assemble } from '../assemble.ts';
import type { BuildRequest } from '../build-request.ts';
import { targetToRun, withRunnable } from '../run.ts';
import { measured, type Row } from './comparison.ts';

/** Printed by MicroPython of the route; its first byte ends the clock. */
export const question = "f=open('/proc/self/status')\nprint(f.read())";

const timeoutMs = 20_000;

/**
 * Of the MicroPython of an image: laid out once, started several times, alone. Namespaces and mounts cost the
 * same for every image, more than MicroPython does, and differ from start to start: with them in it the
 * column would say nothing of the image.
 */
export async function startOfImage(ctx: Context, order: BuildRequest, starts: number): Promise<StartUp> {
  const store = await openStore(ctx, undefined, { offline: order.offline });
  const assembled = await assemble(ctx, store, order);
  const target = targetToRun(ctx, assembled.spec);
  return await withRunnable(ctx, store, assembled, target, 'kernel', async ({ rootfs = '' }) =>
    best(ctx, starts, [...(await plainCommand(ctx, rootfs, '/usr/bin/micropython')), '-c', question]),
  );
}

/** Of a program file whose application asks `question`. */
export async function startOfProgram(ctx: Context, path: string, starts: number): Promise<StartUp> {
  return await best(ctx, starts, [path]);
}

export type StartUp = Pick<Row, 'start' | 'rss'>;

/** Starts a program of an unpacked image outside of it: by the image's own loader (ld.so(8)), with the image's libraries. */
async function plainCommand(ctx: Context, rootfs: string, program: string): Promise<readonly string[]> {
  const path = (await hostPathOf(ctx, rootfs, program)) ?? join(rootfs, program);
  const interpreter = elfInterpreter(await ctx.fs.readFile(path));
  if (interpreter === undefined) return [path];
  const loader = (await hostPathOf(ctx, rootfs, interpreter)) ?? join(rootfs, interpreter);
  const folders = [...new Set(await libraryFolders(ctx, rootfs))];
  return [loader, '--library-path', folders.join(':'), path];
}

async function libraryFolders(ctx: Context, folder: string): Promise<string[]> {
  const entries = await ctx.fs.readDirectory(folder);
  const own = entries.some(({ name }) => /\.so(?:\.|$)/u.test(name)) ? [folder] : [];
  const below = await Promise.all(
    entries.filter((entry) => entry.isDirectory()).map(({ name }) => libraryFolders(ctx, join(folder, name))),
  );
  return [...own, ...below.flat()];
}

/** The shortest time counts, because everything else is other people's work. */
async function best(ctx: Context, starts: number, [program = '', ...args]: readonly string[]): Promise<StartUp> {
  let shortest = Number.POSITIVE_INFINITY;
  let text = '';
  for (let i = 0; i < starts; i += 1) {
    text = '';
    let first: number | undefined;
    const begun = performance.now();
    const tool = ctx.tools.start(program, args, { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe', timeoutMs });
    for await (const chunk of tool.stdout ?? []) {
      first ??= performance.now();
      text += Buffer.from(chunk).toString();
    }
    await tool.exited;
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
