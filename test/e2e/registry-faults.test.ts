import { expect, test } from 'vitest';
import { drillPulls, drillRegistry } from '../support/registry-drill.ts';

test('30 faults of a registry: no image is visible that is not whole, and every end is a success or explained', async () => {
  const { faults, succeeded, wrong } = await drillRegistry(30, 1);
  expect(wrong).toEqual([]);
  expect(faults).toBeGreaterThanOrEqual(30);
  expect(succeeded).toBeGreaterThan(0);
});

test('60 faults, stalls among them, while images are pulled: no file is there that is not the whole image', async () => {
  const { succeeded, explained, wrong } = await drillPulls(60, 7);
  expect(wrong).toEqual([]);
  expect(succeeded).toBeGreaterThan(0);
  expect(explained).toBeGreaterThan(0);
});
