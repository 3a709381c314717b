import { expect, test } from 'vitest';
import { whole } from '../support/extent.ts';
import { damageAndRead, hostileImage, hostileKinds } from '../support/hostile-images.ts';

const count = whole ? 3000 : 200;

test.each(hostileKinds)(
  `%s, damaged ${String(count)} times: always an answer, soon, and no name leads elsewhere`,
  async (kind) => {
    const { answers, faults } = await damageAndRead(hostileImage(kind), count, 7);
    expect(faults).toEqual([]);
    expect(answers.get('KP4011') ?? 0).toBeGreaterThan(count / 10);
    // What is not checked by a sum is read and differs; an answer that is always an error would say nothing.
    expect(answers.size).toBeGreaterThan(1);
  },
);
