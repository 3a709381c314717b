import { expect, test } from 'vitest';
import { parseDependencies, parseProvides, parseRelations, providedNames } from './relation.ts';
import { expectWithin } from '../../../test/support/expect-within.ts';

const scope = { architecture: 'amd64', where: 'a 1 (Depends)' };

function written(text: string, architecture = 'amd64'): string {
  return parseDependencies(text, { ...scope, architecture })
    .map((alternatives) =>
      alternatives
        .map(({ name, operator, version, architecture: qualifier }) =>
          [
            name,
            qualifier === undefined ? '' : `:${qualifier}`,
            version === undefined ? '' : ` (${operator ?? '?'} ${version})`,
          ].join(''),
        )
        .join(' | '),
    )
    .join(', ');
}

test.each([
  ['a', 'a'],
  ['a, b', 'a, b'],
  ['a|b,c', 'a | b, c'],
  ['a (>= 1)', 'a (>= 1)'],
  ['a(>=1)', 'a (>= 1)'],
  ['a ( << 1:2~3-4 ) | b:any (<= 2)', 'a (<< 1:2~3-4) | b:any (<= 2)'],
  ['a (< 1), b (> 2)', 'a (<= 1), b (>= 2)'],
  ['a (1.0)', 'a (= 1.0)'],
  ['a\n (>> 1)\n | b', 'a (>> 1) | b'],
  ['libstdc++6 (= 1), g++-14, python3.13', 'libstdc++6 (= 1), g++-14, python3.13'],
  ['a:native, b:amd64', 'a:native, b:amd64'],
  ['', ''],
  [' a , , b, ', 'a, b'],
  ['a [amd64], b [arm64], c [!amd64], d [!arm64 !armhf]', 'a, d'],
  ['a [linux-any], b [any], c [any-amd64], d [linux-arm]', 'a, b, c'],
  ['a [i386] | b [amd64]', 'b'],
  ['a <!nocheck>, b <cross>, c <!nocheck> <cross>, d <!nocheck !cross>, e <!nocheck cross>', 'a, c, d'],
  ['a (>= 1) [amd64] <!nodoc>', 'a (>= 1)'],
])('parseDependencies(%j)', (text, expected) => {
  expect(written(text)).toBe(expected);
});

test('an arm wildcard takes armhf in', () => {
  expect(written('a [any-arm], b [linux-arm], c [armel]', 'armhf')).toBe('a, b');
});

test.each([
  'a b',
  'a (>= 1',
  'a (>= )',
  'a (== 1)',
  'a (>= 1) (<< 2)',
  '| a',
  'a | ',
  'a:',
  '(>= 1)',
  'a [amd64',
  'a <x',
  '${shlibs:Depends}',
])('refuses %j with the package and the field', (text) => {
  expect(() => parseDependencies(text, scope)).toThrow(
    expect.objectContaining({ code: 'KP5057', where: 'a 1 (Depends)' }),
  );
});

test('only dependencies have alternatives', () => {
  expect(parseRelations('a (<< 1), b', scope)).toMatchObject([
    { name: 'a', operator: '<<', version: '1' },
    { name: 'b' },
  ]);
  expect(() => parseRelations('a | b', scope)).toThrow(expect.objectContaining({ code: 'KP5057' }));
});

test('Provides keeps exact versions and forgets others', () => {
  expect(parseProvides('a, b (= 1.2), c (>= 3)', scope)).toEqual([{ name: 'a' }, { name: 'b', version: '1.2' }]);
});

test('providedNames is what parseProvides names', () => {
  expect(providedNames('a, b (= 1.2) ,c:any,\n d(=1), ')).toEqual(['a', 'b', 'c', 'd']);
});

test('a long field is read in linear time', () => {
  const text = Array.from({ length: 20_000 }, (_, index) => `librust-x-${String(index)}-dev (= 1.0-1)`).join(', ');
  const started = performance.now();
  expect(parseProvides(text, scope)).toHaveLength(20_000);
  expectWithin(performance.now() - started, 1000);
});
