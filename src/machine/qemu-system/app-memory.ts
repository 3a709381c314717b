import { setTimeout as sleep } from 'node:timers/promises';
import type { ConsoleFacts } from './console-watch.ts';

/** What an application has in memory, as kilopy's init reads it from the kernel's `/proc/PID/status`. */
export interface AppMemory {
  /** Resident when it had answered: VmRSS. */
  readonly appRssBytes: number;
  /** Resident at most until then: VmHWM. */
  readonly appPeakRssBytes: number;
  /**
   * Pages that it has filled itself (RssAnon): MicroPython's heap, with stack and variables. No page of a heap is touched before it is
   * needed or given back, so this is the most that the heap was until then.
   */
  readonly appHeapPeakBytes: number;
}

/** Ctrl-T: kilopy's init says how much memory the application has. */
export const memoryKey: Uint8Array = Uint8Array.of(20);

/** How long init may take to say it, in milliseconds. */
export const memoryPatienceMs = 2000;
const pollMs = 5;

/** Presses the key and waits until the console has said it. Undefined when it does not. */
export async function askAppMemory(
  press: (bytes: Uint8Array) => void,
  facts: () => ConsoleFacts,
): Promise<AppMemory | undefined> {
  press(memoryKey);
  for (let waitedMs = 0; waitedMs < memoryPatienceMs; waitedMs += pollMs) {
    const { memory, ended } = facts();
    if (memory !== undefined || ended !== undefined) return memory;
    await sleep(pollMs);
  }
  return undefined;
}
