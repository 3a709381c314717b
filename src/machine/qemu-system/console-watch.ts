import type { AppMemory } from './app-memory.ts';
import { explainPanic, type Panic } from './panic.ts';

/** What the serial console has told so far. */
export interface ConsoleFacts {
  /** Ports on which the application listens, as init says it. */
  readonly listening: readonly number[];
  /** How the application ended, as init says it. */
  readonly ended?: { readonly exitCode: number } | undefined;
  /** What the application has in memory, as init says it when it is asked. */
  readonly memory?: AppMemory | undefined;
  readonly panic?: Panic | undefined;
  /** The kernel has stopped, on a board that cannot switch itself off. */
  readonly halted: boolean;
  /** The last line that is not empty, for messages. */
  readonly lastLine: string;
}

/** Lines of init (device/init): what it says begins with its name, or stands behind the prompt of a shell on the same line */
const listeningLine = /^(?:>>> |[\w@~/.:-]{0,40} ?[#$] )?init: listening on (\d+)/;
const exitedLine = /^(?:>>> |[\w@~/.:-]{0,40} ?[#$] )?init: application ended with status (\d+)/;
const haltedLine = /reboot: System halted/;
const killedLine = /^(?:>>> |[\w@~/.:-]{0,40} ?[#$] )?init: application killed by signal (\d+)/;
const memoryLine = /^(?:>>> |[\w@~/.:-]{0,40} ?[#$] )?init: memory (\d+) kB, (\d+) kB at most, (\d+) kB of its own/;

/** Enough to have the whole of a panic in it. */
const keptChars = 64 * 1024;

export interface ConsoleWatch {
  add(bytes: Uint8Array): void;
  facts(): ConsoleFacts;
}

/** Reads the console as it comes. Calls back once for each fact that is new. */
export function watchConsole(onFact: (facts: ConsoleFacts) => void = () => undefined): ConsoleWatch {
  const decoder = new TextDecoder();
  let text = '';
  let open = '';
  const listening: number[] = [];
  let ended: ConsoleFacts['ended'];
  let memory: AppMemory | undefined;
  let panic: Panic | undefined;
  let halted = false;
  let lastLine = '';
  const facts = (): ConsoleFacts => ({ listening: [...listening], ended, memory, panic, halted, lastLine });
  const readLine = (line: string): boolean => {
    if (line.trim() !== '') lastLine = line.trim();
    const port = listeningLine.exec(line)?.[1];
    const exited = exitedLine.exec(line)?.[1];
    const killed = killedLine.exec(line)?.[1];
    if (port !== undefined) listening.push(Number(port));
    if (exited !== undefined) ended = { exitCode: Number(exited) };
    if (killed !== undefined) ended = { exitCode: 128 + Number(killed) };
    memory = readMemory(line) ?? memory;
    if (haltedLine.test(line)) halted = true;
    return halted || port !== undefined || exited !== undefined || killed !== undefined;
  };
  return {
    add(bytes) {
      const piece = decoder.decode(bytes, { stream: true });
      text = (text + piece).slice(-keptChars);
      const lines = (open + piece).split(/\r*\n/);
      open = lines.pop() ?? '';
      let isNew = false;
      for (const line of lines) isNew = readLine(line) || isNew;
      if (panic === undefined && text.includes('Kernel panic')) {
        // The line of the panic may still be coming.
        panic = /Kernel panic - not syncing: ?[^\r\n]*\r*\n/.test(text) ? explainPanic(text) : undefined;
        isNew ||= panic !== undefined;
      }
      if (isNew) onFact(facts());
    },
    facts,
  };
}

function readMemory(line: string): AppMemory | undefined {
  const found = memoryLine.exec(line);
  if (found === null) return undefined;
  const [appRssBytes, appPeakRssBytes, appHeapPeakBytes] = found.slice(1).map((kilobytes) => Number(kilobytes) * 1024);
  return { appRssBytes, appPeakRssBytes, appHeapPeakBytes } as AppMemory;
}
