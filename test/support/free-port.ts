import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** Ports below the ones that the kernel gives out by itself begin here: above what services use by habit. */
const lowest = 10_000;
const mostTries = 1000;

/**
 * A port of 127.0.0.1 that is free, and that stays so until its user opens it: the kernel gives no connection and no `listen(0)` of another
 * test a port from below its own range, as it would a port that it had just given to us and that we had closed again.
 */
export async function freePort(): Promise<number> {
  const [firstOfKernel = 32_768] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')
    .split(/\s+/)
    .map(Number);
  for (let tries = 0; tries < mostTries; tries++) {
    const port = lowest + Math.floor(Math.random() * (firstOfKernel - lowest));
    if (await isFree(port)) return port;
  }
  throw new Error(`no port from ${String(lowest)} to ${String(firstOfKernel)} is free`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
