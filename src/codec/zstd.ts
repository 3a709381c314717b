import { archiveError, limitError } from './archive-error.ts';

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
    ready.push(piece);
  });
  const push = (chunk: Uint8Array, final: boolean): void => {
    try {
      engine.push(chunk, final);
    } catch (error) {
      throw archiveError('zstd', offset, undefined, 'the compressed data is damaged or cut short', error);
    }
  };
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.length; start += 2 ** 16) {
      push(chunk.subarray(start, start + 2 ** 16), false);
      for (const piece of ready) {
        total += piece.length;
        if (total > limitBytes) {
          throw limitError('zstd', offset, undefined, `the content is larger than ${String(limitBytes)} bytes`);
        }
        yield piece;
      }
      ready = [];
    }
    offset += chunk.length;
  }
  if (offset === 0) throw archiveError('zstd', 0, undefined, 'the file is empty');
  push(new Uint8Array(0), true);
}
