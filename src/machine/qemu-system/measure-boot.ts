import { firstAnswer } from '../../io/first-answer.ts';
import type { ConsoleFacts } from './console-watch.ts';

/** Times in milliseconds from the start of QEMU. */
export interface BootTimes {
  /** Until the application called listen(), where init says so. */
  readonly bootToListenMs?: number | undefined;
  /** Until the first byte of an answer came back through the forwarded port. */
  readonly bootToAnswerMs?: number | undefined;
}

export interface BootClock {
  onFact(facts: ConsoleFacts): void;
  /** Fulfilled with the times when the machine has answered; undefined when the signal came first. */
  readonly answered: Promise<BootTimes | undefined>;
}

/** Measures one boot that began just now. Without a port there is nothing to answer. */
export function startBootClock(hostPort: number | undefined, signal: AbortSignal): BootClock {
  const startedAt = performance.now();
  let listenedAt: number | undefined;
  const since = (at: number): number => Math.round((at - startedAt) * 10) / 10;
  const answered = async (): Promise<BootTimes | undefined> => {
    if (hostPort === undefined) return undefined;
    const at = await firstAnswer(hostPort, signal);
    if (at === undefined) return undefined;
    return {
      ...(listenedAt === undefined ? {} : { bootToListenMs: since(listenedAt) }),
      bootToAnswerMs: since(at),
    };
  };
  return {
    onFact({ listening }) {
      if (listening.length > 0) listenedAt ??= performance.now();
    },
    answered: answered(),
  };
}
