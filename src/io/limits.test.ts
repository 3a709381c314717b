import { expect, test } from 'vitest';
import { defaultLimits, limitsOf } from './limits.ts';

test.each([
  [{}, {}],
  [{ KILOPY_ATTEMPTS: '', KILOPY_STALL_SECONDS: '' }, {}],
  [{ KILOPY_ATTEMPTS: '1' }, { attempts: 1 }],
  [
    { KILOPY_ATTEMPTS: '100', KILOPY_STALL_SECONDS: '3600' },
    { attempts: 100, stallMs: 3_600_000 },
  ],
])('%j', (env, expected) => {
  expect(limitsOf(env)).toEqual({ ...defaultLimits, ...expected });
});

test.each([
  { KILOPY_ATTEMPTS: '0' },
  { KILOPY_ATTEMPTS: '101' },
  { KILOPY_ATTEMPTS: 'many' },
  { KILOPY_STALL_SECONDS: '1.5' },
  { KILOPY_STALL_SECONDS: '-1' },
  { KILOPY_STALL_SECONDS: '3601' },
])('%j is refused', (env) => {
  expect(() => limitsOf(env)).toThrow(expect.objectContaining({ code: 'KP1006', exitCode: 2 }));
});
