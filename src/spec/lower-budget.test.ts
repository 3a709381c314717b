import { expect, test } from 'vitest';
import { draftBudget, parseSize } from './lower-budget.ts';

test.each<[string, number | undefined]>([
  ['2200000', 2_200_000],
  ['300k', 300_000],
  ['300 kB', 300_000],
  ['2.2M', 2_200_000],
  ['2.3M', 2_300_000],
  ['1.005M', 1_005_000],
  ['2MiB', 2_097_152],
  ['0.5KiB', 512],
  ['1G', 1_000_000_000],
  ['12b', 12],
  ['0', undefined],
  ['-1', undefined],
  ['1.5', undefined],
  ['2,2M', undefined],
  ['M', undefined],
  ['2MM', undefined],
  ['1e6', undefined],
  ['', undefined],
  ['999999999999999G', undefined],
  [`1.${'1'.repeat(400)}M`, undefined],
])('the size %j is %s', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test('of the command line', () => {
  expect(draftBudget(undefined)).toBeUndefined();
  expect(draftBudget('oci=2.2M, tar.gz = 300k')).toEqual({ oci: '2.2M', 'tar.gz': '300k' });
});

test.each([
  ['oci', 'KP1204'],
  ['', 'KP1204'],
  ['oc=1', 'KP2009'],
  ['tgz=1M', 'KP2009'],
])('--budget %s is refused', (text, code) => {
  expect(() => draftBudget(text)).toThrow(expect.objectContaining({ code }));
});
