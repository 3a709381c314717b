import { KilopyError } from '../errors/kilopy-error.ts';
import { archiveError, limitError } from './archive-error.ts';

/** Four bytes of input can stand for 128 KiB of content: a step gives at most 64 MiB before they are taken. */
const stepBytes = 2048;

/**
 * Decompresses zstd (RFC 8878), all frames. Content checksums are not compared: what is read here has been verified by
 * a digest before.
 *
 * @param limitBytes most bytes of content.
 * @throws KP4001 for damage, KP4003 over the limit.
 */
export async function* unzstdStream(
  chunks: AsyncIterable<Uint8Array>,
  limitBytes: number,
): AsyncGenerator<Uint8Array, void> {
  const { Decompress } = await import('fzstd');
  let ready: Uint8Array[] = [];
  let offset = 0;
  let total = 0;
  const engine = new Decompress((piece) => {
    total += piece.length;
    if (total > limitBytes) {
      throw limitError('zstd', offset, undefined, `the content is larger than ${String(limitBytes)} bytes`);
    }
    ready.push(piece);
  });
  const push = (chunk: Uint8Array, final: boolean): void => {
    try {
      engine.push(chunk, final);
    } catch (error) {
      if (error instanceof KilopyError) throw error;
      throw archiveError('zstd', offset, undefined, 'the compressed data is damaged or cut short', error);
    }
  };
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.length; start += stepBytes) {
      const step = chunk.subarray(start, start + stepBytes);
      push(step, false);
      offset += step.length;
      yield* ready;
      ready = [];
    }
  }
  if (offset === 0) throw archiveError('zstd', 0, undefined, 'the file is empty');
  push(new Uint8Array(0), true);
}
