import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isImageName, nameOfFolder, toImageName } from './image-name.ts';

test.each([
  ['hello', 'hello'],
  ['Hello World', 'hello-world'],
  ['Süße_App', 'susse_app'],
  ['a..b', 'a-b'],
  ['a__b', 'a__b'],
  ['a___b', 'a-b'],
  ['a._b', 'a-b'],
  ['a_.b', 'a-b'],
  ['--x--', 'x'],
  ['a--b', 'a-b'],
  ['日本', 'app'],
  ['', 'app'],
  ['v1.2', 'v1.2'],
])('%j becomes %s', (text, expected) => {
  expect(toImageName(text)).toBe(expected);
});

test('whatever the folder, the name is valid, and valid names without runs of dashes stay (property)', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: fc.constantFrom('a', 'B', '.', '_', '-', ' ') }),
      ),
      (text) => {
        const name = toImageName(text);
        expect(isImageName(name)).toBe(true);
        expect(toImageName(name)).toBe(name);
      },
    ),
  );
  expect(isImageName(toImageName('x.'.repeat(200)))).toBe(true);
});

test('the root folder has no name of its own', () => {
  expect(nameOfFolder('/')).toBe('app');
});
