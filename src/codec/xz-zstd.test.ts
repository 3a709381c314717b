import { expect, test } from 'vitest';
import { KilopyError } from '../errors/kilopy-error.ts';
import { detectCompression } from './compression.ts';
import { unxzStream } from './xz.ts';
import { unzstdStream } from './zstd.ts';

/** Made with `xz -9` 5.4 and `zstd -19` 1.5. */
const xzFile = Buffer.from(
  '/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4AAcABJdADQZSe6N6RfQtRJ3w4vNt9gAAAAAABmIDu7tzTl9AAEuHd7Qh0gftvN9AQAAAAAEWVo=',
  'base64',
);
const zstdFile = Buffer.from('KLUv/QRonQAAaGhlbGxvIHpzdGQsIAoBAFdKEkwk+P8=', 'base64');

const cases = [
  ['xz', xzFile, unxzStream, 'hello xz, hello xz, hello xz\n'],
  ['zstd', zstdFile, unzstdStream, 'hello zstd, hello zstd, hello zstd\n'],
] as const;

test.each(cases)('%s: content, pieces of any size, two files in a row', async (_, file, decode, content) => {
  for (const sizeBytes of [1, 7, 1000]) expect(await text(decode(pieces(file, sizeBytes), 1000))).toBe(content);
  expect(await text(decode(pieces(Buffer.concat([file, file]), 1000), 1000))).toBe(content + content);
});

test.each(cases)('%s: the limit holds', async (_, file, decode) => {
  await expect(text(decode(pieces(file, 1000), 10))).rejects.toMatchObject({ code: 'KP4003' });
});

test.each(cases)('%s: every truncation is an error', async (_, file, decode) => {
  for (let length = 0; length < file.length; length++) {
    const answer = await text(decode(pieces(file.subarray(0, length), 16), 1000)).catch(onlyOurs);
    expect([length, answer]).toEqual([length, 'KP4001']);
  }
});

test('xz: every flipped bit is an error, or changes nothing', async () => {
  for (let bit = 0; bit < xzFile.length * 8; bit++) {
    const damaged = Uint8Array.from(xzFile);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    expect(['KP4001', cases[0][3]]).toContain(await text(unxzStream(pieces(damaged, 100), 1000)).catch(onlyOurs));
  }
});

test('zstd: a flipped bit gives content or KilopyError, nothing else', async () => {
  for (let bit = 0; bit < zstdFile.length * 8; bit++) {
    const damaged = Uint8Array.from(zstdFile);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    expect(await text(unzstdStream(pieces(damaged, 100), 1000)).catch(onlyOurs)).toBeTypeOf('string');
  }
});

test('zstd: a few bytes that stand for gigabytes are stopped', async () => {
  const frame = Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58);
  // A block header of three bytes: not last, RLE, 128 KiB; then the byte.
  const block = Buffer.of(0x02, 0x00, 0x10, 0x61);
  const bomb = Buffer.concat([frame, ...Array.from({ length: 50_000 }, () => block)]);
  let received = 0;
  const reading = async (): Promise<void> => {
    for await (const piece of unzstdStream(pieces(bomb, bomb.length), 100_000_000)) received += piece.length;
  };
  await expect(reading()).rejects.toMatchObject({ code: 'KP4003' });
  expect(received).toBeGreaterThan(10_000_000);
});

test('an error of the source passes through', async () => {
  await expect(text(unxzStream(broken(), 1000))).rejects.toMatchObject({ code: 'KP1005' });
});

test.each([
  ['1f8b08', 'gzip'],
  ['fd377a585a00', 'xz'],
  ['28b52ffd', 'zstd'],
  ['502a4d18', 'zstd'],
  ['425a6839', 'bzip2'],
  ['5d00008000', 'lzma'],
  ['7573746172', 'none'],
  ['', 'none'],
])('%s is %s', (hex, name) => {
  expect(detectCompression(Buffer.from(hex, 'hex'))).toBe(name);
});

function onlyOurs(error: unknown): string {
  if (error instanceof KilopyError) return error.code;
  throw error;
}

async function* broken(): AsyncGenerator<Uint8Array> {
  yield xzFile.subarray(0, 40);
  throw new KilopyError('KP1005', 'gone');
}

async function text(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString();
}

async function* pieces(bytes: Uint8Array, sizeBytes: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += sizeBytes) yield bytes.subarray(start, start + sizeBytes);
}
