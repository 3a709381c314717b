import { expect, test } from 'vitest';
import { drillPulls, drillRegistry } from '../support/registry-drill.ts';
import { whole } from '../support/extent.ts';

const count = whole ? 500 : 150;

test(`${String(count)} faults of a registry: no image is visible that is not whole, and every end is a success or explained`, async () => {
  const result = await drillRegistry(count, 20);
  console.log(
    `${String(result.faults)} faults, ${String(result.succeeded)} pushes done, ${String(result.explained)} explained`,
  );
  expect(result.wrong).toEqual([]);
  expect(result.succeeded).toBeGreaterThan(10);
});

test(`${String(count)} faults, stalls among them, while images are pulled: no file is there that is not the whole image`, async () => {
  const result = await drillPulls(count, 21);
  console.log(
    `${String(result.faults)} faults, ${String(result.succeeded)} pulls done, ${String(result.explained)} explained`,
  );
  expect(result.wrong).toEqual([]);
  expect(result.succeeded).toBeGreaterThan(10);
});
