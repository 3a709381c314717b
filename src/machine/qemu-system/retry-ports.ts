import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { freePortNear } from '../../io/free-port.ts';
import { portTaken, type Forward } from './plan-forwards.ts';
import type { BootPlan, UserNetwork } from './qemu-arguments.ts';

const mostTries = 5;

/** What QEMU says when it cannot open a port (net/slirp.c, `slirp_hostfwd`). */
const lostRule = /Could not set up host forwarding rule '\w+:127\.0\.0\.1:(\d+)-/;

/**
 * Starts QEMU, and again with another port when a program took the one that was free a moment ago: between kilopy's look and QEMU's bind nobody holds it.
 *
 * @throws KilopyError KP9203 when the port that was lost is one that the user chose, else what `start` throws
 */
export async function retryPorts<T>(ctx: Context, plan: BootPlan, start: (plan: BootPlan) => Promise<T>): Promise<T> {
  let tried = plan;
  const lost = new Set<number>();
  for (;;) {
    try {
      return await start(tried);
    } catch (error) {
      const port = lostPort(error);
      if (port === undefined) throw error;
      lost.add(port);
      if (lost.size >= mostTries) throw error;
      tried = await withoutPort(ctx, tried, port, lost);
    }
  }
}

/** The port of the host that QEMU did not get. */
function lostPort(error: unknown): number | undefined {
  if (!(error instanceof KilopyError) || error.code !== 'KP9206') return undefined;
  const words = error.data?.['words'];
  const found = typeof words === 'string' ? lostRule.exec(words)?.[1] : undefined;
  return found === undefined ? undefined : Number(found);
}

async function withoutPort(
  ctx: Context,
  plan: BootPlan,
  lost: number,
  avoided: ReadonlySet<number>,
): Promise<BootPlan> {
  const networks: UserNetwork[] = [];
  const used = new Set([...avoided, ...plan.networks.flatMap(({ forwards }) => forwards.map((one) => one.hostPort))]);
  for (const network of plan.networks) {
    const forwards: Forward[] = [];
    for (const forward of network.forwards) {
      forwards.push(forward.hostPort === lost ? await moved(ctx, forward, used) : forward);
    }
    networks.push({ ...network, forwards });
  }
  return { ...plan, networks };
}

async function moved(ctx: Context, forward: Forward, used: ReadonlySet<number>): Promise<Forward> {
  const { hostPort, guestPort, isChosen = false } = forward;
  if (isChosen) throw portTaken(hostPort, 'EADDRINUSE');
  const next = await freePortNear(hostPort, used);
  if (next === undefined) throw portTaken(hostPort, 'EADDRINUSE');
  const was = `port ${String(hostPort)} was taken a moment ago`;
  ctx.emit({ type: 'note', text: `${was}: port ${String(guestPort)} of the machine is at 127.0.0.1:${String(next)}` });
  return { ...forward, hostPort: next };
}
