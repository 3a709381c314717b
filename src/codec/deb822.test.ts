import { expect, test } from 'vitest';
import { parseDeb822 } from './deb822.ts';

test('paragraphs, continuation lines, comments and lines', () => {
  const text =
    '# top\n\nPackage: a\nDescription: one\n two\n .\n# inside\n \tthree\nEmpty:\n\n\n \nVERSION: 1:2.0-1 \r\nX-y:z\n';
  const [first, second, ...rest] = parseDeb822(text, 'Packages');
  expect(rest).toEqual([]);
  expect([...first!]).toEqual([
    ['package', 'a'],
    ['description', 'one\ntwo\n.\n\tthree'],
    ['empty', ''],
  ]);
  expect(first?.line).toBe(3);
  expect([...second!]).toEqual([
    ['version', '1:2.0-1'],
    ['x-y', 'z'],
  ]);
  expect(second?.line).toBe(13);
});

test.each([
  [' starts with a blank', 1],
  ['A: b\nno field', 2],
  ['A: b\n-x: y', 2],
  ['A: b\na: c', 2],
  ['A: b\n\n  : c', 3],
])('%j is refused at line %i', (text, line) => {
  expect(() => parseDeb822(text, 'control')).toThrow(
    expect.objectContaining({ code: 'KP4004', where: { file: 'control', line } }),
  );
});

test('nothing gives no paragraph', () => {
  expect(parseDeb822('\n\n# only a comment\n', 'x')).toEqual([]);
});
