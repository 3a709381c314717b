import { archiveError, limitError } from '../codec/archive-error.ts';
import type { Compression } from '../codec/compression.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';

/**
 * Decompresses in a stream. xz goes through the `xz` program where it is installed: three times faster than
 * WebAssembly, and it reads every filter. `lzma` and `bzip2` need their programs (KP1003 without).
 *
 * @param limitBytes most bytes of content
 * @throws KilopyError KP4001 for damage, KP4003 over the limit
 */
export async function* decompress(
  ctx: Context,
  kind: Compression,
  chunks: AsyncIterable<Uint8Array>,
  limitBytes: number,
): AsyncIterable<Uint8Array> {
  switch (kind) {
    case 'none':
      yield* limited(kind, chunks, limitBytes);
      return;
    case 'gzip': {
      const { gunzipStream } = await import('../codec/gzip/gunzip-stream.ts');
      yield* gunzipStream(chunks, { limitBytes });
      return;
    }
    case 'zstd': {
      const { unzstdStream } = await import('../codec/zstd.ts');
      yield* unzstdStream(chunks, limitBytes);
      return;
    }
    case 'xz': {
      if ((await ctx.tools.find('xz')) !== undefined) {
        yield* limited(kind, throughProgram(ctx, kind, chunks), limitBytes);
        return;
      }
      const { unxzStream } = await import('../codec/xz.ts');
      yield* unxzStream(chunks, limitBytes);
      return;
    }
    case 'lzma':
    case 'bzip2':
      yield* limited(kind, throughProgram(ctx, kind, chunks), limitBytes);
  }
}

/** The memory limit keeps a file that asks for a dictionary of gigabytes from getting it; `xz -9` needs 65 MiB. */
const programs: Readonly<Record<'xz' | 'lzma' | 'bzip2', readonly [string, ...string[]]>> = {
  xz: ['xz', '-dc', '-T1', '--format=xz', '--memlimit-decompress=1GiB'],
  lzma: ['xz', '-dc', '-T1', '--format=lzma', '--memlimit-decompress=1GiB'],
  bzip2: ['bzip2', '-dc'],
};

async function* throughProgram(
  ctx: Context,
  kind: keyof typeof programs,
  chunks: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  const [program, ...args] = programs[kind];
  try {
    yield* ctx.tools.pipe(program, args, chunks, { signal: ctx.signal });
  } catch (error) {
    if (!(error instanceof KilopyError) || error.code !== 'KP1004') throw error;
    throw archiveError(kind, 0, undefined, `the compressed data is damaged: ${error.why ?? error.message}`, error);
  }
}

async function* limited(
  kind: Compression,
  chunks: AsyncIterable<Uint8Array>,
  limitBytes: number,
): AsyncIterable<Uint8Array> {
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) {
      throw limitError(kind, 0, undefined, `the content is larger than ${String(limitBytes)} bytes`);
    }
    yield chunk;
  }
}
