import * as fc from 'fast-check';
import { createHash } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { deflate } from './deflate.ts';
import { canonicalCodes, codeLengths } from './huffman.ts';

test('node:zlib gives back what went in', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.tuple(fc.nat(255), fc.nat(3000)).map(([byte, count]) => new Uint8Array(count).fill(byte)),
    fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.nat(200)).map(([bytes, count]) => repeat(bytes, count)),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const bytes = Buffer.concat(pieces);
      expect(inflateRawSync(deflate(bytes)).equals(bytes)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test.each([
  ['nothing', Buffer.alloc(0), 5],
  ['one byte', Buffer.from('x'), 10],
  ['zeros', Buffer.alloc(3_000_000), 3100],
  ['noise', noise(200_000), 200_100],
  ['matches at the far end of the window', Buffer.concat([noise(32_768), noise(32_768)]), 33_100],
  ['matches just outside the window', Buffer.concat([noise(32_769), noise(32_769)]), 65_600],
  ['more tokens than a batch', noise(2_200_000), 2_201_000],
])('%s: right, and not larger than it should be', (_, bytes, most) => {
  const packed = deflate(bytes);
  expect(inflateRawSync(packed).equals(bytes)).toBe(true);
  expect(packed.length).toBeLessThanOrEqual(most);
});

test('the bytes are fixed: a change of the encoder must change its version', () => {
  const text = Array.from({ length: 20_000 }, (_, index) => `${String(index * index)} lines of text\n`).join('');
  const digest = createHash('sha256')
    .update(deflate(Buffer.from(text)))
    .digest('hex');
  expect(digest).toBe('51def213645dae669adc08065e9429562695316f3df9d170567bc43fa5ff30b1');
});

test('code lengths obey the limit and leave no code unused', () => {
  const fibonacci = Uint32Array.from({ length: 40 }, (_, index) => Math.round(1.618 ** index));
  const counts = fc.oneof(fc.constant([...fibonacci]), fc.array(fc.nat(100_000), { maxLength: 286 }));
  fc.assert(
    fc.property(counts, fc.constantFrom(9, 15), (frequencies, limit) => {
      const lengths = codeLengths(Uint32Array.from(frequencies), limit);
      const used = [...lengths].filter((length) => length > 0);
      expect(used.length).toBe(frequencies.filter((count) => count > 0).length);
      expect(Math.max(0, ...used)).toBeLessThanOrEqual(limit);
      expect(used.reduce((sum, length) => sum + 2 ** -length, 0)).toBe(Math.min(used.length / 2, 1));
      const codes = canonicalCodes(lengths);
      expect(
        new Set(
          [...codes]
            .map((code, symbol) => `${String(lengths[symbol])}:${String(code)}`)
            .filter((key) => !key.startsWith('0:')),
        ).size,
      ).toBe(used.length);
    }),
  );
});

function repeat(bytes: Uint8Array, count: number): Uint8Array {
  return Buffer.concat(Array.from({ length: count }, () => bytes));
}

/** Bytes without pattern, the same each time. */
function noise(sizeBytes: number): Buffer {
  let state = 1;
  return Buffer.from(
    Uint8Array.from({ length: sizeBytes }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      return state >>> 24;
    }),
  );
}
