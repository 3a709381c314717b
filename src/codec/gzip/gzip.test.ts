import * as fc from 'fast-check';
import { createRequire } from 'node:module';
import { gzipSync, gunzipSync } from 'node:zlib';
import type * as Zopfli from '@gfx/zopfli';
import { expect, test } from 'vitest';
import { KilopyError } from '../../errors/kilopy-error.ts';
import { encodeGzip } from './encode-gzip.ts';
import { gunzipMembers } from './gunzip-members.ts';
import { gunzipStream } from './gunzip-stream.ts';

const parts = [Buffer.from('one'), Buffer.alloc(200_000, 'kilopy '), Buffer.alloc(0), Buffer.from('last')];
const members = parts.map((part) => gzipSync(part));
const whole = Buffer.concat(members);

test('members have exact boundaries', () => {
  const found = [...gunzipMembers(whole)];
  expect(found.map(({ content }) => Buffer.from(content).toString())).toEqual(parts.map(String));
  expect(found.map(({ start, end }) => end - start)).toEqual(members.map(({ length }) => length));
  expect(found.at(-1)?.end).toBe(whole.length);
});

test.each([1, 7, 18, 64, 100_000])('a stream in pieces of %i bytes gives all members', async (sizeBytes) => {
  expect(await text(gunzipStream(pieces(whole, sizeBytes)))).toBe(parts.join(''));
});

test('zero padding after the last member is accepted, anything else is not', async () => {
  const padded = Buffer.concat([whole, Buffer.alloc(100)]);
  expect([...gunzipMembers(padded)]).toHaveLength(4);
  expect(await text(gunzipStream(pieces(padded, 50)))).toBe(parts.join(''));
  const dirty = Buffer.concat([whole, Buffer.from('x')]);
  expect(() => [...gunzipMembers(dirty)]).toThrow(KilopyError);
  await expect(text(gunzipStream(pieces(dirty, 50)))).rejects.toMatchObject({ code: 'KP4001' });
});

test('a header with every optional field is understood', async () => {
  const raw = gzipSync('content').subarray(10);
  const head = Buffer.concat([
    Buffer.of(0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3),
    Buffer.of(3, 0, 9, 9, 9),
    Buffer.from('name\0note\0'),
    Buffer.of(1, 2),
  ]);
  const file = Buffer.concat([head, raw]);
  expect([...gunzipMembers(file)][0]?.end).toBe(file.length);
  expect(await text(gunzipStream(pieces(file, 1)))).toBe('content');
});

test('more content than the limit is refused early', async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  expect(() => [...gunzipMembers(bomb, { limitBytes: 1_000_000 })]).toThrow(/larger than 1000000 bytes/);
  await expect(text(gunzipStream(pieces(bomb, 1000), { limitBytes: 1_000_000 }))).rejects.toMatchObject({
    code: 'KP4003',
  });
});

test('every truncation and every flipped bit is noticed or harmless', async () => {
  const small = Buffer.concat([gzipSync('first member'), gzipSync('second member, a little longer')]);
  const boundary = gzipSync('first member').length;
  for (let length = 0; length < small.length; length++) {
    if (length === boundary) continue;
    expect(() => [...gunzipMembers(small.subarray(0, length))]).toThrow(KilopyError);
    await expect(text(gunzipStream(pieces(small.subarray(0, length), 10)))).rejects.toBeInstanceOf(KilopyError);
  }
  for (let bit = 0; bit < small.length * 8; bit++) {
    const damaged = Uint8Array.from(small);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    const once = outcome(() => [...gunzipMembers(damaged)].map(({ content }) => String(Buffer.from(content))).join(''));
    const streamed = await text(gunzipStream(pieces(damaged, 16))).catch(onlyOurs);
    expect([once, streamed]).toEqual([streamed, once]);
    expect(['KilopyError', 'first membersecond member, a little longer']).toContain(once);
  }
});

test('an error of the source reaches the reader', async () => {
  await expect(text(gunzipStream(broken()))).rejects.toMatchObject({ code: 'KP1005' });
});

test('what is encoded can be decoded, with a header that is the same everywhere', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), async (bytes) => {
      const encoded = await encodeGzip(bytes);
      expect(Buffer.from(encoded.subarray(0, 10)).toString('hex')).toBe('1f8b08000000000002ff');
      expect([...gunzipSync(encoded)]).toEqual([...bytes]);
    }),
    { numRuns: 20 },
  );
  const large = Buffer.alloc(2 ** 20 + 1, 'abcdefg');
  expect(gunzipSync(await encodeGzip(large)).equals(large)).toBe(true);
});

async function* broken(): AsyncGenerator<Uint8Array> {
  yield whole.subarray(0, 40);
  throw new KilopyError('KP1005', 'gone');
}

test('the thread gives the same bytes as no thread', async () => {
  const bytes = Buffer.alloc(70_000, 'kilopy on a thread, ');
  const require = createRequire(import.meta.url);
  const options = { numiterations: 15, blocksplittingmax: 30 };
  const here = await (require('@gfx/zopfli') as typeof Zopfli).deflateAsync(bytes, options);
  const encoded = Buffer.from(await encodeGzip(bytes));
  expect(encoded.subarray(10, -8).equals(Buffer.from(here))).toBe(true);
  expect(gunzipSync(encoded).equals(bytes)).toBe(true);
});

function outcome(run: () => string): string {
  try {
    return run();
  } catch (error) {
    return onlyOurs(error);
  }
}

function onlyOurs(error: unknown): string {
  if (error instanceof KilopyError) return 'KilopyError';
  throw error;
}

async function text(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString();
}

async function* pieces(bytes: Uint8Array, sizeBytes: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += sizeBytes) yield bytes.subarray(start, start + sizeBytes);
}
