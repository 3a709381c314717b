import { setTimeout as sleep } from 'node:timers/promises';
import { firstAnswer } from '../../io/first-answer.ts';
import type { AppMemory } from './app-memory.ts';
import type { ConsoleFacts } from './console-watch.ts';

/** What was measured at a boot: times in milliseconds from the start of QEMU, and what the application then had in memory. */
export interface BootTimes extends Partial<AppMemory> {
  /** Until the application called listen(), where init says so; at the latest when it answered. */
  readonly bootToListenMs?: number | undefined;
  /** Until the first byte of an answer came back through the forwarded port. */
  readonly bootToAnswerMs?: number | undefined;
}

export interface BootClock {
  onFact(facts: ConsoleFacts): void;
  /** Fulfilled with the times when the machine has answered; undefined when the signal came first. */
  readonly answered: Promise<BootTimes | undefined>;
}

/** How long the console may take to say what the network has shown. */
const wordMs = 250;

/** Measures one boot that began just now. Without a port there is nothing to answer. */
export function startBootClock(hostPort: number | undefined, signal: AbortSignal): BootClock {
  const startedAt = performance.now();
  let listenedAt: number | undefined;
  const heard = new AbortController();
  const since = (at: number): number => Math.round((at - startedAt) * 10) / 10;
  const answered = async (): Promise<BootTimes | undefined> => {
    if (hostPort === undefined) return undefined;
    const at = await firstAnswer(hostPort, signal);
    if (at === undefined) return undefined;
    // The console is slower than the network: the word that it listens may come after the answer, never much later.
    if (listenedAt === undefined) await sleep(wordMs, undefined, { signal: heard.signal }).catch(() => undefined);
    return {
      ...(listenedAt === undefined ? {} : { bootToListenMs: since(Math.min(listenedAt, at)) }),
      bootToAnswerMs: since(at),
    };
  };
  return {
    onFact({ listening }) {
      if (listening.length === 0) return;
      listenedAt ??= performance.now();
      heard.abort();
    },
    answered: answered(),
  };
}
