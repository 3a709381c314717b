import { KilopyError } from '../../errors/kilopy-error.ts';
import { freePortNear, tryPort } from '../../io/free-port.ts';
import type { UserNetwork } from './qemu-arguments.ts';

/** A port of the machine that shall be reachable on 127.0.0.1; `hostPort` when the user chose it. */
export interface WantedPort {
  readonly guestPort: number;
  readonly hostPort?: number | undefined;
}

export type Forward = UserNetwork['forwards'][number];

/**
 * A free port of the host for each: the same number where it is free, else one close to it.
 *
 * @throws KilopyError KP9203 when a port that the user chose is taken, KP9014 when none is free
 */
export async function planForwards(wanted: readonly WantedPort[]): Promise<readonly Forward[]> {
  const taken = new Set<number>();
  const forwards: Forward[] = [];
  for (const { guestPort, hostPort: chosen } of wanted) {
    if (chosen !== undefined) await requireFree(chosen);
    const hostPort = chosen ?? (await freePortNear(guestPort, taken));
    if (hostPort === undefined) {
      throw new KilopyError('KP9014', `No port from ${String(guestPort)} on is free on 127.0.0.1`, {
        data: { guestPort },
      });
    }
    taken.add(hostPort);
    forwards.push({ protocol: 'tcp', hostPort, guestPort, isChosen: chosen !== undefined });
  }
  return forwards;
}

async function requireFree(port: number): Promise<void> {
  const failure = await tryPort(port);
  if (failure !== undefined) throw portTaken(port, failure);
}

/** KP9203 */
export function portTaken(port: number, code: string): KilopyError {
  return new KilopyError('KP9203', `Port ${String(port)} of this computer is not free`, {
    why: code === 'EACCES' ? 'ports below 1024 belong to root' : 'another program listens on it',
    data: { port, code },
  });
}
