import { createRequire } from 'node:module';
import { crc32 } from 'node:zlib';
import type * as Zopfli from '@gfx/zopfli';

export type GzipLevel = 'default' | 'max';

/** Up to here the slow, small encoder is quick enough to be the default. */
const smallBytes = 2 ** 20;

/**
 * ID1 ID2, deflate, no flags, no time, XFL 2 (slowest), OS 255 (unknown): RFC 1952, section 2.3. Nothing in it depends
 * on the machine.
 */
const header = Buffer.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255);

/** Names the encoders and their settings: part of the key under which compressed blobs are remembered. */
export const gzipEncoderVersion: string = 'fflate-0.8.3-9/zopfli-1.0.15-15-5';

/**
 * One gzip member. The bytes depend on input and level alone: both encoders come with npm and are computed without
 * threads, native code or node:zlib, whose output differs between builds of Node.
 *
 * `default`: zopfli up to 1 MiB, fflate above. `max`: zopfli always; above 1 MiB with 5 instead of 15 iterations,
 * which costs 0.04 % of size and saves a third of the time (5 MB of programs: about 10 s).
 */
export async function encodeGzip(bytes: Uint8Array, level: GzipLevel = 'default'): Promise<Uint8Array> {
  const small = bytes.length <= smallBytes;
  const body = small || level === 'max' ? await deflateSmall(bytes, small ? 15 : 5) : await deflateQuickly(bytes);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(bytes), 0);
  trailer.writeUInt32LE(bytes.length % 2 ** 32, 4);
  return Buffer.concat([header, body, trailer]);
}

async function deflateQuickly(bytes: Uint8Array): Promise<Uint8Array> {
  const { deflateSync } = await import('fflate');
  return deflateSync(bytes, { level: 9 });
}

async function deflateSmall(bytes: Uint8Array, iterations: number): Promise<Uint8Array> {
  const { deflateAsync } = loadZopfli();
  return deflateAsync(bytes, { numiterations: iterations, blocksplittingmax: 30 });
}

/** CommonJS whose exports Node's import analysis does not see. */
function loadZopfli(): typeof Zopfli {
  return createRequire(import.meta.url)('@gfx/zopfli') as typeof Zopfli;
}
