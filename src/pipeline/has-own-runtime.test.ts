import { expect, test } from 'vitest';
import { alpineDefaults, staticDefaults, wolfiDefaults } from '../spec/bases.ts';
import { hasOwnRuntime, variantOnWolfi } from './has-own-runtime.ts';

const wolfi = { name: 'wolfi', settings: wolfiDefaults } as const;

test.each([
  [[], 'small'],
  [['wolfi-baselayout'], 'small'],
  [['micropython-tls', 'curl'], 'tls'],
  [['micropython-full>=1.20'], 'full'],
  [['micropython'], undefined],
  [['micropython~1.26'], undefined],
] as const)('on Wolfi, packages %j have the variant %s', (names, variant) => {
  const packages = names.map((text) => ({ text }));
  expect(variantOnWolfi({ packages })).toBe(variant);
  expect(hasOwnRuntime({ base: wolfi, packages })).toBe(variant !== undefined);
});

test('static has one of its own always, Alpine never', () => {
  const packages = [{ text: 'micropython' }];
  expect(hasOwnRuntime({ base: { name: 'static', settings: staticDefaults }, packages })).toBe(true);
  expect(hasOwnRuntime({ base: { name: 'alpine', settings: alpineDefaults }, packages: [] })).toBe(false);
});
