import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apkVersionRules } from './version.ts';

const { compare, isValid, satisfies } = apkVersionRules;

const version = fc
  .tuple(
    fc.array(fc.stringMatching(/^[0-9]{1,3}$/), { minLength: 1, maxLength: 3 }),
    fc.constantFrom('', 'a', 'b'),
    fc.array(fc.constantFrom('_alpha', '_rc1', '_p2', '_git20240101', '_pre'), { maxLength: 2 }),
    fc.constantFrom('', '~ab12', '~0'),
    fc.constantFrom('', '-r0', '-r12'),
  )
  .map(([numbers, letter, suffixes, commit, revision]) => {
    return `${numbers.join('.')}${letter}${suffixes.join('')}${commit}${revision}`;
  });

describe('apk versions', () => {
  test('every version of the grammar is valid, equals itself, and is a prefix of itself', () => {
    fc.assert(
      fc.property(version, (one) => {
        expect([isValid(one), compare(one, one), satisfies(one, '~', one)]).toEqual([true, 0, true]);
      }),
    );
  });

  test('the order of two is the reverse of the other way round, and operators follow it', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        const order = Math.sign(compare(a, b));
        expect(Math.sign(compare(b, a))).toBe(0 - order);
        expect(satisfies(a, '<', b)).toBe(order < 0);
        expect(satisfies(a, '>=', b)).toBe(order >= 0);
        expect(satisfies(a, '', b)).toBe(true);
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
    expect(satisfies(a, operator, b)).toBe(expected);
  });

  test.each(['', 'a', '1.', '1.2.', '1_foo', '1~', '1~xyz', '1-r', '1-r1_p1', '1a1', '1 '])('%j is none', (text) => {
    expect(isValid(text)).toBe(false);
  });
});
