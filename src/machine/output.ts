import type { Context } from '../io/context.ts';
import type { RunningTool, StartOptions } from '../io/tools.ts';
import type { RunOptions } from './machine.ts';

/** How a program is started for these options. Its own process group: a Ctrl-C on the terminal reaches kilopy only, which passes it on once. */
export function startOptions(options: RunOptions): StartOptions {
  const stream = typeof options.output === 'function' ? 'pipe' : 'inherit';
  const stdin = options.stdin instanceof Uint8Array ? 'pipe' : (options.stdin ?? 'ignore');
  return { stdin, stdout: stream, stderr: stream, detached: true };
}

export interface Piped {
  /** When the first byte came, as ctx.clock tells it. */
  readonly firstOutputAt: () => number | undefined;
  /** Fulfilled when both streams ended. */
  readonly done: Promise<void>;
}

/** Writes stdin and hands output to the listener, piece by piece. */
export function pipeStreams(ctx: Context, tool: RunningTool, options: RunOptions): Piped {
  let first: number | undefined;
  if (options.stdin instanceof Uint8Array) {
    // An app that does not read closes the pipe; that is its right.
    tool.stdin?.on('error', () => undefined);
    tool.stdin?.end(options.stdin);
  }
  const read = async (stream: 'stdout' | 'stderr'): Promise<void> => {
    const source = tool[stream];
    if (source === null || typeof options.output !== 'function') return;
    for await (const chunk of source) {
      first ??= ctx.clock.now();
      options.output(chunk, stream);
    }
  };
  const done = Promise.all([read('stdout'), read('stderr')]).then(() => undefined);
  // Awaited when the app has ended; until then a listener that throws must not count as unhandled.
  done.catch(() => undefined);
  return { firstOutputAt: () => first, done };
}
