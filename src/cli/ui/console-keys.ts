/** What is done with keys for the serial console of a machine. */
export interface KeyActions {
  readonly press: (bytes: Uint8Array) => void;
  /** Ctrl-A x, or Ctrl-C where that means to switch the machine off. */
  readonly quit: () => void;
}

export interface KeyReader {
  add(bytes: Uint8Array): void;
}

const ctrlA = 1;
const ctrlC = 3;
const quitKey = 'x'.charCodeAt(0);

/**
 * Sorts keys as QEMU's own console does: Ctrl-A x quits, Ctrl-A Ctrl-A is one Ctrl-A, everything else is the machine's.
 *
 * @param interrupts Ctrl-C quits, instead of being a key like any other
 */
export function createKeyReader({ press, quit }: KeyActions, interrupts: boolean): KeyReader {
  let isEscape = false;
  return {
    add(bytes) {
      const keys: number[] = [];
      for (const key of bytes) {
        if (isEscape) {
          isEscape = false;
          if (key === quitKey) quit();
          else if (key === ctrlA) keys.push(key);
        } else if (key === ctrlA) isEscape = true;
        else if (key === ctrlC && interrupts) quit();
        else keys.push(key);
      }
      if (keys.length > 0) press(Uint8Array.from(keys));
    },
  };
}

/** Reads this program's standard input, key by key where it is a terminal. Returns how to give it back. */
export function readConsoleKeys(actions: KeyActions, interrupts: boolean): () => void {
  const { stdin } = process;
  const reader = createKeyReader(actions, interrupts);
  const onData = (bytes: Buffer): void => reader.add(bytes);
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.on('data', onData);
  stdin.on('error', () => undefined);
  return () => {
    stdin.off('data', onData);
    if (stdin.isTTY) stdin.setRawMode(false);
    stdin.pause();
    stdin.unref?.();
  };
}
