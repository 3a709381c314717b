import { crc32 } from 'node:zlib';
import { deflate } from '../deflate/deflate.ts';
import { zopfliDeflate } from './zopfli.ts';

export type GzipLevel = 'default' | 'max';

/** Up to here the slow, small encoder is quick enough to be the default. */
const smallBytes = 2 ** 20;

/**
 * ID1 ID2, deflate, no flags, no time, XFL 2 (slowest), OS 255 (unknown): RFC 1952, section 2.3. Nothing in it depends
 * on the machine.
 */
const header = Buffer.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255);

/** Names the encoders and their settings: part of the key under which compressed blobs are remembered. */
export const gzipEncoderVersion: string = 'kilopy-1/zopfli-1.0.15-15-5-30';

/**
 * One gzip member. The bytes depend on input and level alone: neither encoder uses native code or node:zlib, whose
 * output differs between builds of Node.
 *
 * `default`: zopfli up to 1 MiB, our own deflate above. `max`: zopfli always; above 1 MiB with 5 instead of 15
 * iterations, which costs 0.04 % of size and saves a third of the time. Beside `gzip -9`, 5 MB of programs become
 * 0.993 times the size in about a second by default, 0.960 in about 15 s with `max`.
 */
export async function encodeGzip(bytes: Uint8Array, level: GzipLevel = 'default'): Promise<Uint8Array> {
  const small = bytes.length <= smallBytes;
  const body = small || level === 'max' ? await zopfliDeflate(bytes, small ? 15 : 5) : deflate(bytes);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(bytes), 0);
  trailer.writeUInt32LE(bytes.length % 2 ** 32, 4);
  return Buffer.concat([header, body, trailer]);
}
