import { createServer, connect, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { KilopyError } from '../errors/kilopy-error.ts';

/** One port of the app, reachable on 127.0.0.1 of the host. */
export interface Forwarding {
  /** Port that the app listens on. */
  readonly port: number;
  /** Port on the host; another one where that was taken. */
  readonly hostPort: number;
}

export interface Forwarder {
  readonly forwardings: readonly Forwarding[];
  close(): Promise<void>;
}

const triedPorts = 100;
/** Added to ports that only root may open. */
const privilegedShift = 8000;
/** The program behind the sockets needs the start of a Node process before its sockets exist. */
const relayAttempts = 60;
const relayPauseMs = 50;

/**
 * Listens on 127.0.0.1 for each port and hands every connection to the Unix socket `FOLDER/PORT`. Nothing is reachable from
 * another address. Throws KP9014 when neither a port nor the hundred after it are free.
 */
export async function forwardPorts(ports: readonly number[], folder: string): Promise<Forwarder> {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  };
  const forwardings: Forwarding[] = [];
  try {
    for (const port of ports) {
      const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (outer) => {
        sockets.add(outer);
        outer.on('close', () => sockets.delete(outer));
        void forward(outer, `${folder}/${String(port)}`, sockets);
      });
      servers.push(server);
      forwardings.push({ port, hostPort: await listenNear(server, port) });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { forwardings, close };
}

async function forward(outer: Socket, path: string, sockets: Set<Socket>): Promise<void> {
  // An error before the relay is connected must not end the process; it is followed by 'close'.
  outer.on('error', () => undefined);
  const inner = await connectRelay(path, outer);
  if (inner === undefined) {
    outer.destroy();
    return;
  }
  sockets.add(inner);
  inner.on('close', () => {
    sockets.delete(inner);
    if (!inner.readableEnded) outer.resetAndDestroy();
  });
  inner.on('error', () => outer.resetAndDestroy());
  outer.on('close', () => inner.destroy());
  inner.pipe(outer);
  outer.pipe(inner);
}

async function connectRelay(path: string, outer: Socket): Promise<Socket | undefined> {
  for (let attempt = 0; attempt < relayAttempts && !outer.destroyed; attempt++) {
    const socket = await new Promise<Socket | undefined>((resolve) => {
      const candidate = connect({ path, allowHalfOpen: true });
      candidate.once('connect', () => resolve(candidate));
      candidate.once('error', () => resolve(undefined));
    });
    if (socket !== undefined) return socket;
    await sleep(relayPauseMs);
  }
  return undefined;
}

async function listenNear(server: Server, wanted: number): Promise<number> {
  let port = wanted;
  for (let attempt = 0; attempt <= triedPorts && port < 65_536; attempt++) {
    const failure = await listen(server, port);
    if (failure === undefined) return port;
    if (failure !== 'EADDRINUSE' && failure !== 'EACCES') break;
    port += failure === 'EACCES' && port < 1024 ? privilegedShift : 1;
  }
  throw new KilopyError('KP9014', `No port from ${String(wanted)} on is free on 127.0.0.1`, { data: { port: wanted } });
}

async function listen(server: Server, port: number): Promise<string | undefined> {
  return await new Promise((resolve) => {
    const onError = (error: NodeJS.ErrnoException): void => resolve(error.code ?? 'error');
    server.once('error', onError);
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      server.off('error', onError);
      resolve(undefined);
    });
  });
}
