import { createServer } from 'node:net';

const triedPorts = 100;
/** Added to ports that only root may open. */
const privilegedShift = 8000;

/**
 * A port on 127.0.0.1 that is free at this moment: the wanted one, or the next that is. Ports in `taken` count as used.
 *
 * @returns undefined when none of the hundred after it is free
 */
export async function freePortNear(wanted: number, taken: ReadonlySet<number>): Promise<number | undefined> {
  let port = wanted;
  for (let attempt = 0; attempt <= triedPorts && port < 65_536; attempt++) {
    const failure = taken.has(port) ? 'EADDRINUSE' : await tryPort(port);
    if (failure === undefined) return port;
    port += failure === 'EACCES' && port < 1024 ? privilegedShift : 1;
  }
  return undefined;
}

/** Why 127.0.0.1 does not give this port, as a system error code; undefined when it does. */
export async function tryPort(port: number): Promise<string | undefined> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
