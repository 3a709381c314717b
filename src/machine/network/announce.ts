import type { Context } from '../../io/context.ts';
import type { Forwarder } from '../../io/forward-ports.ts';
import type { RunOptions, RunnableImage } from '../machine.ts';
import { listeningPorts } from './listening-ports.ts';

/** Says once for each declared port that the app listens there. */
export interface Announcement {
  pending(): boolean;
  /** Looks into the network that the process is in. */
  look(pid: number): Promise<void>;
}

export interface AnnounceOptions {
  readonly image: RunnableImage;
  readonly options: Pick<RunOptions, 'network' | 'onListening'>;
  readonly forwarder: Forwarder | undefined;
  /** Ports that an engine makes reachable on 127.0.0.1 under their own numbers. */
  readonly published?: readonly number[] | undefined;
}

/** In the host's network a port that is taken before the app starts cannot become the app's: a warning, and no URL. */
export async function announcePorts(
  ctx: Context,
  { image, options, forwarder, published = [] }: AnnounceOptions,
): Promise<Announcement> {
  const urlPorts = new Map<number, number>(published.map((port) => [port, port]));
  for (const { port, hostPort } of forwarder?.forwardings ?? []) {
    urlPorts.set(port, hostPort);
    if (hostPort !== port) {
      note(ctx, `port ${String(port)} is taken on 127.0.0.1: the app's port ${String(port)} is at ${String(hostPort)}`);
    }
  }
  if (forwarder !== undefined) note(ctx, 'network: declared ports on 127.0.0.1, no outbound; --network host gives it');
  if (forwarder === undefined && options.network === 'host') {
    const taken = await listeningPorts(ctx, 1);
    for (const port of image.config.ports) {
      if (taken.has(port))
        ctx.emit({ type: 'warning', text: `port ${String(port)} is already in use on this computer` });
      else urlPorts.set(port, port);
    }
  }
  return {
    pending: () => urlPorts.size > 0,
    async look(pid) {
      const listening = await listeningPorts(ctx, pid);
      for (const [port, hostPort] of urlPorts) {
        if (!listening.has(port)) continue;
        urlPorts.delete(port);
        const url = `http://127.0.0.1:${String(hostPort)}`;
        note(ctx, `listening on ${url}`);
        options.onListening?.(url, hostPort);
      }
    },
  };
}

function note(ctx: Context, text: string): void {
  ctx.emit({ type: 'note', text });
}
