import { expect, test } from 'vitest';
import { opkgVersionRules } from './version.ts';

// What `opkg compare-versions` of opkg-lede 2024-10-16 says, on a 64-bit host.
test.each([
  ['1.0~rc1', '<<', '1.0-r1'],
  ['1.0-r1', '<<', '1.0-r10'],
  ['1.0-r2', '<<', '1.0-r10'],
  ['1.0', '=', '1.0-0'],
  ['1.0', '=', '1.0-'],
  ['1:0.1', '>>', '9'],
  ['0:1', '=', '1'],
  ['1.a', '<<', '1.+'],
  ['1.10', '>>', '1.9'],
  ['01', '=', '1'],
  ['2024.07.14~408c2cc4-r1', '<<', '2024.07.14-r1'],
  ['2019-02-27-eeef7b50-1', '<<', '2019-02-28-eeef7b50-1'],
  ['4.14.115-1-52227c1ba455f1340f52b09dea1a6f9f', '=', '4.14.115-1-52227c1ba455f1340f52b09dea1a6f9f'],
  ['1', '<', '1'],
  ['1', '>', '1'],
  ['99999999999999999999', '<<', '100000000000000000000'],
  ['4294967296:1', '=', '1'],
  ['-1:1', '>>', '4294967294:1'],
  ['99999999999999999999:1', '=', '4294967295:1'],
] as const)('%s %s %s', (a, operator, b) => {
  expect(opkgVersionRules.satisfies(a, operator, b)).toBe(true);
});

test.each([
  ['1', '<<', '1'],
  ['1', '>>', '1'],
  ['1', '~', '1'],
  ['1', '=', '2'],
])('not %s %s %s', (a, operator, b) => {
  expect(opkgVersionRules.satisfies(a, operator, b)).toBe(false);
});

test('what has blanks is no version', () => {
  expect(['1.0-r1', 'git~abc', '', 'a b'].map((version) => opkgVersionRules.isValid(version))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
