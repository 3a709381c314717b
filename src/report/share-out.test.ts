import { array, assert, nat, property } from 'fast-check';
import { expect, test } from 'vitest';
import { shareOut } from './share-out.ts';

test.each<[string, readonly number[], number, readonly number[]]>([
  ['exact shares', [1, 1, 2], 8, [2, 2, 4]],
  ['the largest remainder gets what is left', [1, 1, 1], 2, [1, 1, 0]],
  ['no weight', [0, 0], 5, [5, 0]],
  ['nothing', [], 5, []],
  ['a weight of nothing gets nothing', [0, 3], 7, [0, 7]],
])('%s', (_, weights, total, shares) => {
  expect(shareOut(weights, total)).toEqual(shares);
});

test('shares always add up, and none is negative or further than one from its exact value', () => {
  assert(
    property(array(nat(1e9), { minLength: 1 }), nat(1e9), (weights, total) => {
      const shares = shareOut(weights, total);
      expect(shares.reduce((a, b) => a + b, 0)).toBe(total);
      const sum = weights.reduce((a, b) => a + b, 0);
      const distances = shares.map((share, i) => Math.abs(share - ((weights[i] ?? 0) / sum) * total));
      expect(sum === 0 || distances.every((distance) => distance <= 1)).toBe(true);
    }),
  );
});
