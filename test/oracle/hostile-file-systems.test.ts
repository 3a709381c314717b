import { expect, test } from 'vitest';
import { damageAndRead, hostileImage, hostileKinds } from '../support/hostile-images.ts';

/** Damaged images: an answer to each, and never a name that leads elsewhere. Thousands of them are in test/prove. */

test.each(hostileKinds)('%s, damaged', async (kind) => {
  const { answers, faults } = await damageAndRead(hostileImage(kind), 40, 1);
  expect(faults).toEqual([]);
  expect([...answers.values()].reduce((sum, count) => sum + count, 0)).toBe(40);
  expect(answers.get('KP4011') ?? 0).toBeGreaterThan(5);
});
