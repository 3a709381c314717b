import { expect, test } from 'vitest';
import { findBoard } from '../../machine/qemu-system/boards.ts';
import type { Context } from '../../io/context.ts';
import type { Store } from '../../store/store.ts';
import { debianKernel } from './debian-kernel.ts';

/** Neither asks for anything: what is refused is refused before. */
const [ctx, store] = [{} as Context, {} as Store];

test.each([
  ['malta-be', 'keep', 'KP9213'],
  ['arm64-virt', 'locked', 'KP5602'],
] as const)('%s, lock %s: %s', async (name, mode, code) => {
  const board = findBoard(name);
  if (board === undefined) throw new Error(`no ${name}`);
  const question = { locked: undefined, mode, file: 'kilopy.lock' } as const;
  await expect(debianKernel(ctx, store, board, question)).rejects.toMatchObject({ code });
});
