import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../../io/context.ts';
import type { Announcement } from './announce.ts';

export interface PortWatch {
  stop(): Promise<void>;
}

const firstPauseMs = 20;
const longestPauseMs = 250;

/** Looks for the app's listening sockets until all declared ports were seen or the run is over. `pid` is asked until it knows. */
export function watchPorts(
  ctx: Context,
  pid: (ctx: Context) => Promise<number | undefined>,
  announcement: Announcement,
): PortWatch {
  const over = new AbortController();
  const loop = async (): Promise<void> => {
    let pauseMs = firstPauseMs;
    while (!over.signal.aborted && announcement.pending()) {
      const known = await pid(ctx);
      if (known !== undefined) await announcement.look(known);
      // Rejects when the run is over.
      await sleep(pauseMs, undefined, { signal: over.signal }).catch(() => undefined);
      pauseMs = Math.min(longestPauseMs, pauseMs * 1.2);
    }
  };
  const done = loop();
  return {
    async stop() {
      over.abort();
      await done;
    },
  };
}
