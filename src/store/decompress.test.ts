import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Compression } from '../codec/compression.ts';
import type { Context } from '../io/context.ts';
import { createContext } from '../io/create-context.ts';
import { decompress } from './decompress.ts';

const text = Buffer.from('kilopy '.repeat(50_000));
const ctx = createContext();
const withoutPrograms: Context = { ...ctx, tools: { ...ctx.tools, find: async () => undefined } };

const packed = {
  none: text,
  gzip: gzipSync(text),
  xz: execFileSync('xz', ['-c'], { input: text }),
  lzma: execFileSync('xz', ['-c', '--format=lzma'], { input: text }),
} as const;

async function unpack(at: Context, kind: Compression, bytes: Uint8Array, limitBytes = 10 ** 6): Promise<Buffer> {
  async function* pieces(): AsyncIterable<Uint8Array> {
    for (let start = 0; start < bytes.length; start += 1000) yield bytes.subarray(start, start + 1000);
  }
  const parts: Uint8Array[] = [];
  for await (const part of decompress(at, kind, pieces(), limitBytes)) parts.push(part);
  return Buffer.concat(parts);
}

test.each(['none', 'gzip', 'xz', 'lzma'] as const)('%s', async (kind) => {
  expect((await unpack(ctx, kind, packed[kind])).equals(text)).toBe(true);
  await expect(unpack(ctx, kind, packed[kind], 1000)).rejects.toMatchObject({ code: 'KP4003', exitCode: 5 });
});

test('xz without the program', async () => {
  expect((await unpack(withoutPrograms, 'xz', packed.xz)).equals(text)).toBe(true);
});

test.each(['gzip', 'xz', 'lzma'] as const)('%s that is damaged or cut short is KP4001', async (kind) => {
  const flipped = Buffer.from(packed[kind]);
  flipped[flipped.length >> 1]! ^= 0x55;
  const short = packed[kind].subarray(0, packed[kind].length - 9);
  for (const at of kind === 'xz' ? [ctx, withoutPrograms] : [ctx]) {
    await expect(unpack(at, kind, flipped)).rejects.toMatchObject({ code: 'KP4001', exitCode: 5 });
    await expect(unpack(at, kind, short)).rejects.toMatchObject({ code: 'KP4001', exitCode: 5 });
  }
});

async function* broken(): AsyncIterable<Uint8Array> {
  yield packed.xz.subarray(0, 20);
  throw new Error('the disk broke');
}

test('an error of the source comes through as it is', async () => {
  const reading = (async () => {
    for await (const part of decompress(ctx, 'xz', broken(), 10 ** 6)) void part;
  })();
  await expect(reading).rejects.toThrow('the disk broke');
});
