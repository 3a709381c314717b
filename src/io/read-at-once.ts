import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';

const largestBytes = 2 ** 20;
/** After so many reads, or so many bytes, others get their turn: timers, signals, the display. */
const batch = 64;
const batchBytes = 2 ** 22;
let reads = 0;
let readBytes = 0;

/** Whether a file of this size is better read by `readAtOnce`. */
export function isReadAtOnce(sizeBytes: number): boolean {
  return sizeBytes <= largestBytes;
}

/**
 * A file of a local disk that is not large, read by synchronous calls: they take a tenth of what the same four calls take through the thread pool, and
 * an application may have twenty thousand files. Errors are Node's, with `code`.
 */
export async function readAtOnce(path: string): Promise<{ readonly bytes: Uint8Array; readonly mtimeMs: number }> {
  if (++reads >= batch || readBytes >= batchBytes) {
    reads = 0;
    readBytes = 0;
    await new Promise((resolve) => void setImmediate(resolve));
  }
  const file = openSync(path, 'r');
  try {
    const { mtimeMs } = fstatSync(file);
    const bytes = readFileSync(file);
    readBytes += bytes.length;
    return { bytes, mtimeMs };
  } finally {
    closeSync(file);
  }
}
