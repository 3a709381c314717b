import { join } from 'node:path';
import { KilopyError } from '../../errors/kilopy-error.ts';
import { nearest } from '../../errors/nearest.ts';
import { connectUnix } from '../../io/unix-line.ts';
import type { Context } from '../../io/context.ts';
import { isAlive, killProcess } from '../../io/processes.ts';
import { openQmp } from '../../io/qmp-client.ts';
import { storePath } from '../../store/store-path.ts';

/** A machine that runs in the background. */
export interface Instance {
  readonly id: string;
  readonly machine: string;
  readonly pid: number;
  /** Start time of the process, which tells it from a later one with the same number. */
  readonly processStart: string;
  readonly urls: readonly string[];
  /** With `log`, `console` and `monitor`. */
  readonly folder: string;
  readonly stopsOnInterrupt: boolean;
  /** From Ctrl-C until its power is cut; ten seconds without it. */
  readonly graceMs?: number | undefined;
}

const defaultGraceMs = 10_000;
const pauseMs = 25;

function indexFolder(ctx: Context): string {
  return join(storePath(ctx), 'machines');
}

/** Makes the id of a new machine: its name, or with a number behind it where that is taken. */
export async function newInstanceId(ctx: Context, name: string, machine: string): Promise<string> {
  const taken = new Set((await listInstances(ctx)).map(({ id }) => id));
  const base = `${name.replaceAll('/', '-')}-${machine}`;
  for (let number = 1; ; number++) {
    const id = number === 1 ? base : `${base}-${String(number)}`;
    if (!taken.has(id)) return id;
  }
}

export async function recordInstance(ctx: Context, instance: Instance): Promise<void> {
  await ctx.fs.makeDirectory(indexFolder(ctx));
  await ctx.fs.writeAtomic(join(indexFolder(ctx), `${instance.id}.json`), `${JSON.stringify(instance)}\n`);
}

/** What runs now, by id. Records of machines that are gone are removed. */
export async function listInstances(ctx: Context): Promise<readonly Instance[]> {
  const folder = indexFolder(ctx);
  if (!(await ctx.fs.exists(folder))) return [];
  const found: Instance[] = [];
  for (const { name } of await ctx.fs.readDirectory(folder)) {
    if (!name.endsWith('.json')) continue;
    const instance = JSON.parse(await ctx.fs.readText(join(folder, name))) as Instance;
    if (isAlive(instance.pid, instance.processStart)) found.push(instance);
    else await forget(ctx, instance);
  }
  return found;
}

/** @throws KilopyError KP9207 */
export async function findInstance(ctx: Context, id: string): Promise<Instance> {
  const all = await listInstances(ctx);
  const instance = all.find((one) => one.id === id);
  if (instance !== undefined) return instance;
  const [near] = nearest(
    id,
    all.map((one) => one.id),
    1,
  );
  throw new KilopyError('KP9207', `no machine ${id} is running`, {
    why: all.length === 0 ? 'none is running' : `running: ${all.map((one) => one.id).join(', ')}`,
    fix: near === undefined ? undefined : `did you mean ${near}?`,
  });
}

/** Switches it off: in order where its first process listens to that, else by force. */
export async function stopInstance(ctx: Context, instance: Instance): Promise<'powered off' | 'power cut'> {
  const { pid, processStart, folder } = instance;
  const isOff = (): boolean => !isAlive(pid, processStart);
  let isInOrder = false;
  if (instance.stopsOnInterrupt && (await connectUnix(join(folder, 'console'), Uint8Array.of(3)))) {
    const graceMs = instance.graceMs ?? defaultGraceMs;
    isInOrder = await within(ctx, graceMs + 2000, async () => isOff() || (await isHalted(ctx, folder)));
  }
  if (!isOff()) {
    const qmp = await openQmp(join(folder, 'monitor'));
    await qmp?.run('quit').catch(() => undefined);
    qmp?.close();
    if (!(await within(ctx, 2000, isOff))) killProcess(pid, 'SIGKILL');
    await within(ctx, 2000, isOff);
  }
  await forget(ctx, instance);
  return isInOrder ? 'powered off' : 'power cut';
}

async function within(ctx: Context, ms: number, isSo: () => boolean | Promise<boolean>): Promise<boolean> {
  for (const end = ctx.clock.now() + ms; ctx.clock.now() < end;) {
    if (await isSo()) return true;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return await isSo();
}

/** A board that cannot switch itself off says this last. */
async function isHalted(ctx: Context, folder: string): Promise<boolean> {
  const log = await ctx.fs.readFile(join(folder, 'log')).catch(() => new Uint8Array());
  return Buffer.from(log).includes('reboot: System halted');
}

async function forget(ctx: Context, { id, folder }: Instance): Promise<void> {
  await ctx.fs.remove(folder);
  await ctx.fs.remove(join(indexFolder(ctx), `${id}.json`));
}
