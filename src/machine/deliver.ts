import type { Context } from '../io/context.ts';
import { signalDisposition } from './process-table.ts';
import { signalNumber } from './signal-numbers.ts';

export interface Reach {
  readonly send: (signal: NodeJS.Signals) => Promise<void>;
  readonly kill: () => Promise<void>;
}

/**
 * Sends a signal to an app that is process 1 of its namespace. The kernel drops a signal that process 1 does not handle
 * (pid_namespaces(7)); anywhere else it would end the process, so then the app is killed.
 */
export async function deliver(
  ctx: Context,
  pid: number | undefined,
  signal: NodeJS.Signals,
  { send, kill }: Reach,
): Promise<'sent' | 'ignored' | 'killed'> {
  const disposition = pid === undefined ? 'gone' : await signalDisposition(ctx, pid, signalNumber(signal));
  if (disposition === 'gone' || disposition === 'default') {
    await kill();
    return 'killed';
  }
  await send(signal);
  return disposition === 'ignored' ? 'ignored' : 'sent';
}

/** `kill` is a builtin of every shell, and in no package that is always there. */
export async function sendSignal(ctx: Context, pid: number, signal: NodeJS.Signals): Promise<void> {
  await ctx.tools.run('sh', ['-c', 'kill -"$1" "$2"', 'kilopy', signal.replace('SIG', ''), String(pid)]);
}
