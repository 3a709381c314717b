import type { Context } from '../io/context.ts';

/** Process ids of the children, from /proc (proc(5), task/TID/children: one file a thread). Empty when the process is gone. */
export async function childrenOf(ctx: Context, pid: number): Promise<readonly number[]> {
  const children: number[] = [];
  for (const thread of await threadsOf(ctx, pid)) {
    const text = await readProc(ctx, `/proc/${String(pid)}/task/${thread}/children`);
    children.push(...(text ?? '').split(' ').filter(Boolean).map(Number));
  }
  return children;
}

async function threadsOf(ctx: Context, pid: number): Promise<readonly string[]> {
  try {
    return (await ctx.fs.readDirectory(`/proc/${String(pid)}/task`)).map(({ name }) => name);
  } catch {
    return [];
  }
}

/** The child that is number 1 of a process namespace below ours, as our /proc numbers it. */
export async function initOf(ctx: Context, parent: number): Promise<number | undefined> {
  for (const pid of await childrenOf(ctx, parent)) if (await isNamespaceInit(ctx, pid)) return pid;
  return undefined;
}

async function isNamespaceInit(ctx: Context, pid: number): Promise<boolean> {
  const ids = (await statusField(ctx, pid, 'NSpid'))?.split(/\s+/) ?? [];
  return ids.length > 1 && ids.at(-1) === '1';
}

/** What a process does with a signal: masks SigCgt and SigIgn of /proc/PID/status. */
export async function signalDisposition(
  ctx: Context,
  pid: number,
  signalNumber: number,
): Promise<'caught' | 'ignored' | 'default' | 'gone'> {
  const bit = 1n << BigInt(signalNumber - 1);
  const caught = await statusField(ctx, pid, 'SigCgt');
  const ignored = await statusField(ctx, pid, 'SigIgn');
  if (caught === undefined || ignored === undefined) return 'gone';
  if ((BigInt(`0x${caught}`) & bit) !== 0n) return 'caught';
  return (BigInt(`0x${ignored}`) & bit) === 0n ? 'default' : 'ignored';
}

async function statusField(ctx: Context, pid: number, name: string): Promise<string | undefined> {
  const status = await readProc(ctx, `/proc/${String(pid)}/status`);
  const line = status?.split('\n').find((candidate) => candidate.startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim();
}

/** A process may end between any two reads: that is an answer, not an error. */
async function readProc(ctx: Context, path: string): Promise<string | undefined> {
  try {
    return await ctx.fs.readText(path);
  } catch {
    return undefined;
  }
}
