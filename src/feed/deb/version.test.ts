import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryDebVersion } from '../../../test/support/deb-versions.ts';
import { compareDebVersions, debVersionRules } from './version.ts';

test.each([
  ['1', '<', '2'],
  ['1', '=', '1-0'],
  ['1.0', '=', '1.00'],
  ['1.0', '<', '1.0.0'],
  ['0:1', '=', '1'],
  ['1:1', '>', '2'],
  ['1~rc1', '<', '1'],
  ['1~~', '<', '1~'],
  ['1~~a', '<', '1~'],
  ['1', '<', '1a'],
  ['1a', '<', '1+'],
  ['1+', '<', '1.'],
  ['1Z', '<', '1a'],
  ['1.a', '<', '1.+'],
  ['1-1', '<', '1-1+b1'],
  ['1-1', '<', '1-1.1'],
  ['1-1~bpo12+1', '<', '1-1'],
  ['2-1-1', '>', '2-1'],
  ['1:1:1', '>', '1:1'],
  ['99999999999999999999999', '<', '100000000000000000000000'],
  ['', '<', '0~~'],
  ['<unknown>', '=', ''],
  [' 1\t', '=', '1'],
  ['1é', '<', '1+'],
  ['1é', '>', '1z'],
])('%s %s %s', (a, sign, b) => {
  const order = Math.sign(compareDebVersions(a, b));
  expect('<=>'[order + 1]).toBe(sign);
  expect(Math.sign(compareDebVersions(b, a))).toBe(order === 0 ? 0 : -order);
});

test.each(['1', '', 'a', '~', '1_2', '+1:1', '007:1', '2147483647:1', '1:1:1', '1~-~', '\n1:1', '-0:1'])(
  '%j is a version',
  (version) => {
    expect(debVersionRules.isValid(version)).toBe(true);
  },
);

test.each([' ', '1:', ':1', 'a:1', '1-', '1:-1', '-', '1 2', '2147483648:1', '-1:1', '0x1:1', '1-1-', '1 :1', '1\0'])(
  '%j is none',
  (version) => {
    expect(debVersionRules.isValid(version)).toBe(false);
  },
);

test.each([
  ['1', '<<', '2', true],
  ['1', '<<', '1', false],
  ['1', '<=', '1', true],
  ['1', '<', '1', true],
  ['1', '=', '1-0', true],
  ['1', '>=', '1', true],
  ['1', '>', '1', true],
  ['1', '>>', '1', false],
  ['2', '>>', '1', true],
  ['1', '!=', '2', false],
])('%s %s %s is %s', (a, operator, b, expected) => {
  expect(debVersionRules.satisfies(a, operator, b)).toBe(expected);
});

test('the order is total', () => {
  fc.assert(
    fc.property(arbitraryDebVersion, arbitraryDebVersion, arbitraryDebVersion, (a, b, c) => {
      const sorted = [a, b, c].sort(compareDebVersions);
      expect(compareDebVersions(sorted[0]!, sorted[2]!)).toBeLessThanOrEqual(0);
      expect(Math.sign(compareDebVersions(a, b)) + Math.sign(compareDebVersions(b, a))).toBe(0);
    }),
    { numRuns: 2000 },
  );
});
