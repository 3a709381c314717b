/** Collects what a test writes, with a bound on the memory that it takes. */
export interface CapturedOutput {
  add(bytes: Uint8Array): void;
  /** The text so far; begins anew. */
  take(): string;
}

const endBytes = 32 * 1024;

/** Keeps the first and the last 32 KiB, and says how much is gone between them. */
export function captureOutput(): CapturedOutput {
  let head: Uint8Array[] = [];
  let headBytes = 0;
  let tail: Uint8Array[] = [];
  let tailBytes = 0;
  let leftOutBytes = 0;
  return {
    add(bytes) {
      const first = bytes.subarray(0, endBytes - headBytes);
      if (first.length > 0) head.push(first.slice());
      headBytes += first.length;
      const rest = bytes.subarray(first.length);
      if (rest.length === 0) return;
      tail.push(rest.slice());
      tailBytes += rest.length;
      // Cut seldom, so that many small pieces cost no more than one big one.
      if (tailBytes > 2 * endBytes) shorten();
    },
    take() {
      if (tailBytes > endBytes) shorten();
      const gap = leftOutBytes === 0 ? '' : `\n[${String(leftOutBytes)} bytes left out]\n`;
      const text = gap === '' ? decode([...head, ...tail]) : `${decode(head)}${gap}${decode(tail)}`;
      head = [];
      tail = [];
      headBytes = tailBytes = leftOutBytes = 0;
      return text;
    },
  };

  function shorten(): void {
    const all = Buffer.concat(tail);
    leftOutBytes += all.length - endBytes;
    tail = [all.subarray(all.length - endBytes)];
    tailBytes = endBytes;
  }
}

function decode(pieces: readonly Uint8Array[]): string {
  return Buffer.concat(pieces).toString('utf8');
}
