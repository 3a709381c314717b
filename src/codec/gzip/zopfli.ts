import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type * as Zopfli from '@gfx/zopfli';

/** Below this, starting a thread takes longer than the work. */
const threadBytes = 2 ** 16;

/** Runs in the thread. It is text, because a thread cannot load TypeScript and this runs from sources and compiled. */
const threadCode = `
const { parentPort, workerData } = require('node:worker_threads');
require(workerData.zopfli).deflateAsync(workerData.bytes, workerData.options).then((body) => parentPort.postMessage(body));
`;

/**
 * Raw deflate by zopfli (WebAssembly). Large inputs are compressed on a thread of their own: the program stays
 * responsive and several targets use several cores. The bytes do not depend on that.
 */
export async function zopfliDeflate(bytes: Uint8Array, iterations: number): Promise<Uint8Array> {
  const require = createRequire(import.meta.url);
  const options: Zopfli.ZopfliOptions = { numiterations: iterations, blocksplittingmax: 30 };
  if (bytes.length < threadBytes) return (require('@gfx/zopfli') as typeof Zopfli).deflateAsync(bytes, options);
  const workerData = { zopfli: require.resolve('@gfx/zopfli'), bytes, options };
  return new Promise((resolve, reject) => {
    const worker = new Worker(threadCode, { eval: true, workerData });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (status) => {
      reject(new Error(`the compressing thread ended with ${String(status)}`));
    });
  });
}
