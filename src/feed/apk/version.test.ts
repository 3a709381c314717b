import { array, assert, constantFrom, property, stringMatching, tuple } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apkVersionRules } from './version.ts';

const rules = apkVersionRules;

const version = tuple(
  array(stringMatching(/^[0-9]{1,3}$/), { minLength: 1, maxLength: 3 }),
  constantFrom('', 'a', 'b'),
  array(constantFrom('_alpha', '_rc1', '_p2', '_git20240101', '_pre'), { maxLength: 2 }),
  constantFrom('', '~ab12', '~0'),
  constantFrom('', '-r0', '-r12'),
).map(([numbers, letter, suffixes, commit, revision]) => {
  return `${numbers.join('.')}${letter}${suffixes.join('')}${commit}${revision}`;
});

describe('apk versions', () => {
  test('every version of the grammar is valid, equals itself, and is a prefix of itself', () => {
    assert(
      property(version, (one) => {
        expect([rules.isValid(one), rules.compare(one, one), rules.satisfies(one, '~', one)]).toEqual([true, 0, true]);
      }),
    );
  });

  test('the order of two is the reverse of the other way round, and operators follow it', () => {
    assert(
      property(version, version, (a, b) => {
        const order = Math.sign(rules.compare(a, b));
        expect(Math.sign(rules.compare(b, a))).toBe(0 - order);
        expect(rules.satisfies(a, '<', b)).toBe(order < 0);
        expect(rules.satisfies(a, '>=', b)).toBe(order >= 0);
        expect(rules.satisfies(a, '', b)).toBe(true);
      }),
    );
  });

  test.each([
    ['1.2', '<', '1.10', true],
    ['1.02', '>', '1.1', false],
    ['1.2_rc1', '<', '1.2', true],
    ['1.2_p1', '>', '1.2', true],
    ['1.2.3-r1', '~', '1.2', true],
    ['1.20', '~', '1.2', false],
    ['1.3', '>~', '1.2', true],
    ['18446744073709551617', '=', '1', true],
    ['', '<', '1', true],
    ['1', '?', '1', false],
  ])('%s %s %s: %s', (a, operator, b, expected) => {
    expect(rules.satisfies(a, operator, b)).toBe(expected);
  });

  test.each(['', 'a', '1.', '1.2.', '1_foo', '1~', '1~xyz', '1-r', '1-r1_p1', '1a1', '1 '])('%j is none', (text) => {
    expect(rules.isValid(text)).toBe(false);
  });
});
