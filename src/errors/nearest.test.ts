import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

test.each([
  ['micropyton', ['micropython', 'python3', 'bash'], ['micropython']],
  ['entyr', ['entry', 'env', 'name'], ['entry']],
  ['Base', ['base', 'bases', 'passes'], ['base', 'bases']],
  ['awk', ['gawk', 'mawk', 'sed', 'original-awk'], ['gawk', 'mawk']],
  ['xyzzy-nothing', ['micropython', 'bash'], []],
  ['', ['a', 'bb'], ['a']],
])('%s is near to', (word, candidates, expected) => {
  expect(nearest(word, candidates)).toEqual(expected);
});

test('short words attract only words one step away', () => {
  expect(nearest('sh', ['ssh', 'bash', 'dash', 'sl'])).toEqual(['sl', 'ssh']);
});

test('gives at most as many as asked for', () => {
  expect(nearest('libfoo1', ['libfoo2', 'libfoo3', 'libfoo4', 'libfoo5'], 2)).toEqual(['libfoo2', 'libfoo3']);
});

test('does not depend on the order of the candidates', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 6 });
  fc.assert(
    fc.property(word, fc.array(word, { maxLength: 12 }), (wanted, candidates) => {
      expect(nearest(wanted, candidates.toReversed())).toEqual(nearest(wanted, candidates));
    }),
  );
});
