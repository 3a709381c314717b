import { expect, test } from 'vitest';
import { drillRegistry } from '../support/registry-drill.ts';

test('30 faults of a registry: no image is visible that is not whole, and every end is a success or explained', async () => {
  const { faults, succeeded, wrong } = await drillRegistry(30, 1);
  expect(wrong).toEqual([]);
  expect(faults).toBeGreaterThanOrEqual(30);
  expect(succeeded).toBeGreaterThan(0);
});
