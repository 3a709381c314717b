import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  anything,
  arrayOf,
  hasShape,
  nullable,
  number,
  objectOf,
  optional,
  recordOf,
  shapeFault,
  string,
  stringLike,
  wholeNumber,
  type Shape,
} from './json-shape.ts';

const size = stringLike(/^\d+ B$/u, 'a size');
const document: Shape<unknown> = objectOf({
  name: string,
  sizes: optional(nullable(arrayOf(wholeNumber))),
  of: recordOf(size),
});

test.each<readonly [unknown, string | undefined]>([
  [{ name: 'a', of: {}, more: 1 }, undefined],
  [{ name: 'a', sizes: null, of: { x: '3 B' } }, undefined],
  [{ name: 'a', sizes: [0, 2 ** 53 - 1], of: {} }, undefined],
  [null, 'expected an object, found null'],
  [[], 'expected an object, found a list'],
  ['{}', 'expected an object, found a string'],
  [{ of: {} }, 'name: expected a string, found nothing'],
  [{ name: 7, of: {} }, 'name: expected a string, found a number'],
  [{ name: 'a', sizes: [1, -1], of: {} }, 'sizes.1: expected a whole number, found another number'],
  [{ name: 'a', sizes: [0.5], of: {} }, 'sizes.0: expected a whole number, found another number'],
  [{ name: 'a', sizes: [2 ** 53], of: {} }, 'sizes.0: expected a whole number, found another number'],
  [{ name: 'a', sizes: {}, of: {} }, 'sizes: expected a list, found an object'],
  [{ name: 'a', of: { x: 'secret' } }, 'of.x: expected a size, found another string'],
  [{ name: 'a', of: [] }, 'of: expected an object, found a list'],
])('%j', (value, fault) => {
  expect(shapeFault(document, value)).toBe(fault);
});

test('what an object inherits is not there', () => {
  expect(hasShape(objectOf({ constructor: anything, name: optional(string) }), {})).toBe(true);
  expect(hasShape(objectOf({ toString: string }), {})).toBe(false);
});

test('takes and refuses what zod does', () => {
  const ours = objectOf({
    a: string,
    b: optional(number),
    c: optional(nullable(arrayOf(objectOf({ d: wholeNumber })))),
  });
  const theirs = z.looseObject({
    a: z.string(),
    b: z.number().optional(),
    c: z.array(z.looseObject({ d: z.number().int().nonnegative() })).nullish(),
  });
  const leaf = fc.oneof(fc.string(), fc.integer({ min: -3, max: 3 }), fc.constant(null), fc.boolean());
  const inner = fc.oneof(leaf, fc.array(fc.record({ d: leaf }, { requiredKeys: [] })));
  const value = fc.oneof(leaf, fc.record({ a: leaf, b: leaf, c: inner }, { requiredKeys: [] }));
  fc.assert(
    fc.property(value, (one) => {
      expect(hasShape(ours, one)).toBe(theirs.safeParse(one).success);
    }),
    { numRuns: 2000 },
  );
});
