import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { comparePaths, compareTreePaths, decodePath, encodePath } from './path-text.ts';

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

test('the order of trees is that of the names, part by part', () => {
  const name = fc.oneof(
    fc.stringMatching(/^[!-.0a-zé\ue000😀]{1,4}$/u),
    fc.uint8Array({ min: 0x30, minLength: 1, maxLength: 4 }).map(decodePath),
  );
  const path = fc.array(name, { maxLength: 4 }).map((names) => names.join('/'));
  fc.assert(
    fc.property(path, path, (a, b) => {
      expect(Math.sign(compareTreePaths(a, b))).toBe(Math.sign(byParts(a.split('/'), b.split('/'))));
    }),
  );
  expect(['a.b', 'a/c', 'a', 'a-', '', 'a/'].toSorted(compareTreePaths)).toEqual(['', 'a', 'a/', 'a/c', 'a-', 'a.b']);
});

function byParts([a, ...aRest]: readonly string[], [b, ...bRest]: readonly string[]): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  return Buffer.compare(encodePath(a), encodePath(b)) || byParts(aRest, bRest);
}
