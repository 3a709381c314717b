import { connect, type Socket } from 'node:net';

const pauseMs = 20;
/** Connections that wait at the same time; older ones are given up. */
const mostConnections = 64;
const question = 'GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n';

/**
 * Asks a port on 127.0.0.1 until something behind it answers: with a byte, or by taking the question and closing in order. A forwarder accepts
 * connections long before the machine behind it listens, so that an accepted connection says nothing.
 *
 * @returns when the first byte came, in milliseconds of `performance.now()`; undefined when the signal came first
 */
export async function firstAnswer(port: number, signal: AbortSignal): Promise<number | undefined> {
  const sockets = new Set<Socket>();
  let timer: NodeJS.Timeout | undefined;
  const answer = new Promise<number | undefined>((resolve) => {
    const ask = (): void => {
      const [oldest] = sockets;
      if (sockets.size >= mostConnections) oldest?.destroy();
      const socket = connect({ host: '127.0.0.1', port });
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => sockets.delete(socket));
      socket.once('connect', () => socket.write(question));
      socket.once('data', () => resolve(performance.now()));
    };
    timer = setInterval(ask, pauseMs);
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
    ask();
  });
  const at = await answer;
  clearInterval(timer);
  for (const socket of sockets) socket.destroy();
  return at;
}
