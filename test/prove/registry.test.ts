import { expect, test } from 'vitest';
import { drillRegistry } from '../support/registry-drill.ts';

test('500 faults of a registry: no image is visible that is not whole, and every end is a success or explained', async () => {
  const result = await drillRegistry(500, 20);
  console.log(
    `${String(result.faults)} faults, ${String(result.succeeded)} pushes done, ${String(result.explained)} explained`,
  );
  expect(result.wrong).toEqual([]);
  expect(result.succeeded).toBeGreaterThan(10);
});
