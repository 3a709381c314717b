import * as fc from 'fast-check';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { writePieces } from './write-pieces.ts';

const folder = mkdtempSync(join(tmpdir(), 'kilopy-test-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function* streamOf(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    await Promise.resolve();
    yield piece;
  }
}

async function* broken(): AsyncGenerator<Uint8Array> {
  yield Buffer.alloc(2 ** 21, 1);
  await Promise.resolve();
  throw new Error('the source is gone');
}

async function write(pieces: readonly Uint8Array[]): Promise<{ readonly path: string; readonly length: number }> {
  const path = join(folder, 'file');
  const handle = await open(path, 'w');
  try {
    return { path, length: await writePieces(handle, streamOf(pieces)) };
  } finally {
    await handle.close();
  }
}

const sizes = fc.oneof(fc.nat(70), fc.constantFrom(2 ** 16 - 1, 2 ** 16, 2 ** 20, 2 ** 20 + 1, 2 ** 21));

test('a file has the bytes of its pieces, in any mixture of sizes and zeros', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(sizes, fc.constantFrom(0, 0, 1, 255)), { maxLength: 5 }), async (shape) => {
      const pieces = shape.map(([size, fill]) => Buffer.alloc(size, fill));
      const { path, length } = await write(pieces);
      expect(readFileSync(path).equals(Buffer.concat(pieces))).toBe(true);
      expect(length).toBe(pieces.reduce((sum, piece) => sum + piece.length, 0));
    }),
    { numRuns: 15 },
  );
});

test('thousands of short pieces, and a piece whose only byte is the last', async () => {
  const short = Array.from({ length: 1500 }, (_, index) => Buffer.from([index & 0xff, 1]));
  const last = Buffer.alloc(2 ** 20 + 7);
  last[last.length - 1] = 9;
  const { path } = await write([...short, last]);
  expect(readFileSync(path).equals(Buffer.concat([...short, last]))).toBe(true);
});

test('long zeros take no room on the disk', async () => {
  const { path } = await write([Buffer.from('a'), Buffer.alloc(2 ** 23), Buffer.from('b'), Buffer.alloc(2 ** 23)]);
  expect(statSync(path).size).toBe(2 ** 24 + 2);
  expect(statSync(path).blocks * 512).toBeLessThan(2 ** 20);
});

test('a stream that fails and a file that takes nothing fail as they are', async () => {
  const handle = await open(join(folder, 'file'), 'w');
  await expect(writePieces(handle, broken())).rejects.toThrow('the source is gone');
  await handle.close();
  const full = await open('/dev/full', 'w');
  await expect(writePieces(full, streamOf([Buffer.alloc(2 ** 21, 1), Buffer.alloc(2 ** 21, 1)]))).rejects.toMatchObject(
    { code: 'ENOSPC' },
  );
  await full.close();
});
