import type { Context } from '../../io/context.ts';
import { relayScript } from './relay-script.ts';

/** Starts the relay in the network of a container's process; ends with kilopy at the latest. Needs root. Returns how to stop it. */
export async function startRelay(
  ctx: Context,
  pid: number,
  folder: string,
  ports: readonly number[],
): Promise<() => Promise<void>> {
  const script = `${folder}/relay.cjs`;
  await ctx.fs.writeFile(script, relayScript);
  const inside = ['nsenter', `--net=/proc/${String(pid)}/ns/net`, 'node', script, folder, ...ports.map(String)];
  const relay = ctx.tools.start('setpriv', ['--pdeathsig', 'KILL', ...inside], { detached: true, stderr: 'pipe' });
  return async () => {
    relay.kill('SIGKILL', true);
    await relay.exited;
  };
}
