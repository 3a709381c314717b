import type { Context } from '../../io/context.ts';

/** State of a listening socket in /proc/net/tcp (include/net/tcp_states.h). */
const LISTEN = '0A';

/**
 * TCP ports that are listened on in the network namespace of a process, from /proc: asking by connecting would show the app a caller
 * that says nothing. Empty when the process is gone.
 */
export async function listeningPorts(ctx: Context, pid: number): Promise<ReadonlySet<number>> {
  const ports = new Set<number>();
  for (const table of ['tcp', 'tcp6']) {
    for (const port of parseListening(await readOrEmpty(ctx, `/proc/${String(pid)}/net/${table}`))) ports.add(port);
  }
  return ports;
}

/** Lines of /proc/net/tcp (proc(5)): `sl local_address rem_address st ...`, addresses as hexadecimal ADDRESS:PORT. */
export function parseListening(table: string): readonly number[] {
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTEN)
    .map((fields) => Number.parseInt(fields[1]?.split(':')[1] ?? '', 16))
    .filter((port) => Number.isInteger(port));
}

async function readOrEmpty(ctx: Context, path: string): Promise<string> {
  try {
    return await ctx.fs.readText(path);
  } catch {
    return '';
  }
}
