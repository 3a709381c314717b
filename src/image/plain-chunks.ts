import { detectCompression } from '../codec/compression.ts';
import type { Context } from '../io/context.ts';
import { decompress } from '../store/decompress.ts';

/** The content of a stream that may be compressed (gzip, zstd, xz ...), told by its first bytes. Throws KP4001 and KP4003. */
export async function* plainChunks(ctx: Context, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const iterator = chunks[Symbol.asyncIterator]();
  const head: Uint8Array[] = [];
  let headBytes = 0;
  // Six bytes tell every format; a source may give them one by one.
  while (headBytes < 6) {
    const step = await iterator.next();
    if (step.done === true) break;
    head.push(step.value);
    headBytes += step.value.length;
  }
  const kind = detectCompression(Buffer.concat(head));
  yield* decompress(ctx, kind, rejoined(head, iterator), ctx.limits.packageBytes);
}

async function* rejoined(
  head: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  try {
    yield* head;
    yield* { [Symbol.asyncIterator]: () => rest };
  } finally {
    await rest.return?.();
  }
}
