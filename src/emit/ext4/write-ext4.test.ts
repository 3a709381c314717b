import { expect, test } from 'vitest';
import { memoryBlobs } from '../../../test/support/memory-blobs.ts';
import { directory, file, packageOrigin } from '../../../test/support/nodes.ts';
import { ext4Settings } from '../../../test/support/ext4-oracle.ts';
import { treeOf } from '../../tree/sort.ts';
import { planExt4 } from './plan-ext4.ts';
import { writeExt4 } from './write-ext4.ts';

test('every stream of a content is closed, so that no file stays open', async () => {
  const blobs = memoryBlobs();
  const origin = packageOrigin('a');
  const files = ['a', 'b', 'c'].map((path) => file(path, blobs.add(path.repeat(2000)), origin));
  let open = 0;
  const counted: typeof blobs = {
    ...blobs,
    async *open(ref) {
      open += 1;
      try {
        yield* blobs.open(ref);
      } finally {
        open -= 1;
      }
    },
  };
  const plan = planExt4(treeOf([directory('', origin), ...files]), ext4Settings);
  for await (const part of writeExt4(plan, counted)) expect(part.length).toBeGreaterThan(0);
  expect(open).toBe(0);
});
