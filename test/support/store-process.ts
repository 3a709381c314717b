import { createContext } from '../../src/io/create-context.ts';
import { defaultLimits } from '../../src/io/limits.ts';
import { download } from '../../src/store/download.ts';
import { openStore } from '../../src/store/store.ts';
import type { Digest } from '../../src/values/digest.ts';

/**
 * A process that uses a store, for tests that start several or kill one.
 * Arguments: `download ROOT URL DIGEST`, or `put ROOT` which puts and remembers until it is killed.
 */
const [verb = '', root = '', url = '', digest = ''] = process.argv.slice(2);
const ctx = createContext({ limits: { ...defaultLimits, retryPauseMs: 5 } });
const store = await openStore(ctx, root);
if (verb === 'download') {
  const ref = await download(ctx, store, { url, digest: digest as Digest, label: 'file' });
  process.stdout.write(`${ref.digest}\n`);
} else {
  process.stdout.write('ready\n');
  for (let turn = 0; ; turn += 1) {
    await store.withLock('work', async () => {
      await store.putMany(
        Array.from({ length: 20 }, (_, index) => Buffer.alloc(50_000, `${String(turn)} ${String(index)}`)),
      );
      await store.putStream(slowly(turn));
      await store.remember('turn-1', String(turn), Buffer.from(`turn ${String(turn)}`));
    });
  }
}

async function* slowly(turn: number): AsyncIterable<Uint8Array> {
  for (let piece = 0; piece < 5; piece += 1) {
    yield Buffer.alloc(100_000, `${String(turn)}/${String(piece)}`);
    await new Promise((resolve) => void setTimeout(resolve, 1));
  }
}
