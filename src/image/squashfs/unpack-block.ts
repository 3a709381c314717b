import { inflateSync } from 'node:zlib';
import { unlz4Block } from '../../codec/lz4.ts';
import { unxzBlock } from '../../codec/lzma/unxz-block.ts';
import { unzstdStream } from '../../codec/zstd.ts';
import type { ImageBytes } from '../image-bytes.ts';
import { imageFileError } from '../image-file-error.ts';
import type { ReadCompressor } from './superblock.ts';

/** Where a block lies, and what it is for messages. */
export interface PackedBlock {
  readonly at: number;
  readonly sizeBytes: number;
  readonly isPacked: boolean;
  readonly entry?: string | undefined;
}

/**
 * The content of one block.
 *
 * @param limitBytes most bytes of content
 * @throws KilopyError KP4011
 */
export async function unpackBlock(
  image: ImageBytes,
  compressor: ReadCompressor,
  { at, sizeBytes, isPacked, entry }: PackedBlock,
  limitBytes: number,
): Promise<Uint8Array> {
  if (sizeBytes > limitBytes || sizeBytes === 0)
    throw imageFileError('KP4011', image.place(at, entry), `a block of ${String(sizeBytes)} bytes is too large`);
  const bytes = await image.large(at, sizeBytes, entry);
  if (!isPacked) return bytes;
  try {
    return await unpack(compressor, bytes, limitBytes);
  } catch (cause) {
    throw imageFileError(
      'KP4011',
      image.place(at, entry),
      `a block cannot be unpacked: ${(cause as Error).message}`,
      cause,
    );
  }
}

async function unpack(compressor: ReadCompressor, bytes: Buffer, limitBytes: number): Promise<Uint8Array> {
  switch (compressor) {
    case 'gzip':
      return inflateSync(bytes, { maxOutputLength: limitBytes });
    case 'xz':
      return unxzBlock(bytes, limitBytes);
    case 'lz4':
      return unlz4Block(bytes, limitBytes);
    case 'zstd':
    default: {
      const parts: Uint8Array[] = [];
      for await (const part of unzstdStream(once(bytes), limitBytes)) parts.push(part);
      return Buffer.concat(parts);
    }
  }
}

// oxlint-disable-next-line require-await -- it is a stream for those who want one
async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
