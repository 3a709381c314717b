import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { comparePaths, decodePath, encodePath } from './path-text.ts';

test('any bytes survive the way to text and back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect([...encodePath(decodePath(bytes))]).toEqual([...bytes]);
    }),
  );
});

test.each([
  [[0xc3, 0xa9], 'é'],
  [[0xef, 0xbb, 0xbf, 0x61], '\ufeffa'],
  [[0xff, 0x61], '\udcffa'],
  [[0xc3], '\udcc3'],
  [[0xed, 0xa0, 0x80], '\udced\udca0\udc80'],
  [[0xf0, 0x9f, 0x98, 0x80, 0x80], '😀\udc80'],
])('%j reads as %j', (bytes, text) => {
  expect(decodePath(Uint8Array.from(bytes))).toBe(text);
});

test('order is the order of the bytes', () => {
  const path = fc.oneof(fc.string({ unit: 'binary', maxLength: 6 }), fc.uint8Array({ maxLength: 6 }).map(decodePath));
  fc.assert(
    fc.property(path, path, (a, b) => {
      expect(Math.sign(comparePaths(a, b))).toBe(Buffer.compare(encodePath(a), encodePath(b)));
    }),
  );
  expect(comparePaths('\uffff', '😀')).toBeLessThan(0);
});
