import { expect, test } from 'vitest';
import { budgetError, findGrowth, type OverBudget } from './budget.ts';

const over: OverBudget = {
  budget: { output: 'oci', limitBytes: 2_200_000, text: '2.2M', where: { file: 'kilopy.yaml', line: 3 } },
  fileName: 'x.oci.tar',
  sizeBytes: 2_250_000,
  parts: [
    { name: 'package libc6', costBytes: 1_400_000, wayBack: undefined },
    { name: 'data.bin', costBytes: 60_000, wayBack: 'leave data.bin out with app.exclude' },
  ],
  options: [{ wayBack: 'build with --compress max (about 3 %)', costBytes: 66_000 }],
  grown: [{ name: 'libc6', beforeBytes: 100, afterBytes: 1100 }],
};

test('by how much, what costs most, what grew, and the ways back, cheapest to a person first', () => {
  const error = budgetError([over]);
  expect(error).toMatchObject({ code: 'KP1201', exitCode: 3, where: { file: 'kilopy.yaml', line: 3 } });
  expect(error?.message).toBe('x.oci.tar would be 2 250 000 bytes, 50 000 over its budget of 2.2M');
  expect(error?.why).toContain('  1 400 000  package libc6');
  expect(error?.why).toContain('+1 000  libc6 (100 -> 1 100)');
  expect(error?.fix).toBe(
    'build with --compress max (about 3 %): saves 66 000\nleave data.bin out with app.exclude: saves 60 000',
  );
  expect(error?.data).toMatchObject({ overBytes: 50_000, limitBytes: 2_200_000 });
});

test('when nothing helps, the budget that would do', () => {
  expect(budgetError([{ ...over, sizeBytes: 3_000_000 }])?.fix).toContain(
    'these do not suffice: raise the budget to at least 2 874 000 bytes',
  );
  const bare = budgetError([{ ...over, parts: over.parts.slice(0, 1), options: [] }]);
  expect(bare?.fix).toBe('nothing in it can be left out: raise the budget to at least 2 250 000 bytes');
});

test('no fault, no error; two faults, one error with the other', () => {
  expect(budgetError([])).toBeUndefined();
  expect(budgetError([over, { ...over, fileName: 'x.tar.gz' }])?.others).toHaveLength(1);
});

test('growth against the lock', () => {
  const now = [
    { name: 'libc6', sizeBytes: 10 },
    { name: 'new', sizeBytes: 50 },
    { name: 'same', sizeBytes: 7 },
    { name: 'less', sizeBytes: 1 },
  ];
  expect(findGrowth({ libc6: 4, same: 7, less: 2 }, now)).toEqual([
    { name: 'new', beforeBytes: undefined, afterBytes: 50 },
    { name: 'libc6', beforeBytes: 4, afterBytes: 10 },
  ]);
  expect(findGrowth(undefined, now)).toEqual([]);
});
