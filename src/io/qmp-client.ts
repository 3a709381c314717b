import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/** Commands of QEMU's own protocol (docs/interop/qmp-spec.txt) over a Unix socket. */
export interface QmpClient {
  /** @throws Error with QEMU's words when the command is refused, or the connection is gone */
  run(command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown>;
  close(): void;
}

interface Reply {
  readonly id?: number;
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

/** @returns undefined when nothing answers on the socket */
export async function openQmp(path: string): Promise<QmpClient | undefined> {
  const socket = connect({ path });
  const connected = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
  if (!connected) return undefined;
  const waiting = new Map<
    number,
    { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void }
  >();
  let last = 0;
  const lines = createInterface({ input: socket });
  lines.on('line', (line) => {
    const { id, error, return: value } = JSON.parse(line) as Reply;
    const call = id === undefined ? undefined : waiting.get(id);
    if (id === undefined || call === undefined) return;
    waiting.delete(id);
    if (error === undefined) call.resolve(value);
    else call.reject(new Error(error.desc));
  });
  const drop = (): void => {
    for (const { reject } of waiting.values()) reject(new Error('QEMU has ended'));
    waiting.clear();
  };
  socket.on('error', drop);
  socket.on('close', drop);
  const client: QmpClient = {
    run: async (command, args) =>
      await new Promise((resolve, reject) => {
        if (socket.destroyed) {
          reject(new Error('QEMU has ended'));
          return;
        }
        const id = ++last;
        waiting.set(id, { resolve, reject });
        socket.write(
          `${JSON.stringify({ execute: command, id, ...(args === undefined ? {} : { arguments: args }) })}\n`,
        );
      }),
    close: () => socket.destroy(),
  };
  // A program that ends before it is ready has a socket, and says nothing on it.
  const isReady = await client.run('qmp_capabilities').then(
    () => true,
    () => false,
  );
  if (isReady) return client;
  client.close();
  return undefined;
}
