import { connect } from 'node:net';

const lingerMs = 200;

/** Writes bytes to a Unix socket. False when nobody is behind it. */
export async function connectUnix(path: string, bytes: Uint8Array): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.write(bytes);
      // Who serves a console drops what is unread when the connection ends at once.
      setTimeout(() => {
        socket.destroy();
        resolve(true);
      }, lingerMs);
    });
  });
}
