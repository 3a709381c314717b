import { expect, test } from 'vitest';
import { findDevice } from '../../spec/devices.ts';
import { checkPlanFits } from './expected-fit.ts';

const device = findDevice('glinet_gl-mt300n-v2');
const builder = { device, architecture: 'mipsel_24kc', board: 'ramips/mt76x8' };

function planOf(sizes: Readonly<Record<string, number>>): Parameters<typeof checkPlanFits>[1] {
  const steps = Object.entries(sizes).map(([name, sizeBytes]) => ({
    package: { name, version: '1', architecture: 'mipsel_24kc', feed: 'test', sizeBytes },
    reason: { kind: 'wish', wish: { text: name } } as const,
  }));
  return { plan: { steps } };
}

test('what cannot fit is refused before anything is fetched, with the largest packages', () => {
  expect(() => checkPlanFits(builder, planOf({ small: 1_000_000 }))).not.toThrow();
  expect(() => checkPlanFits(builder, planOf({ small: 1_000_000, large: 20_000_000 }))).toThrow(
    expect.objectContaining({
      code: 'KP2322',
      exitCode: 3,
      message: expect.stringMatching(/does not fit by \d+ kB; biggest: large 20000 kB, small 1000 kB$/u) as string,
    }),
  );
});

test('another processor is refused whatever the size, and without a device all is well', () => {
  expect(() => checkPlanFits({ ...builder, architecture: 'mips_24kc' }, planOf({}))).toThrow(
    expect.objectContaining({ code: 'KP2321' }),
  );
  expect(() => checkPlanFits({ ...builder, device: undefined }, planOf({ large: 1e12 }))).not.toThrow();
});
