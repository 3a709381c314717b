import type { Context } from '../../io/context.ts';
import type { Board } from '../../machine/qemu-system/board.ts';
import { ensureKernel } from '../../runtime/kernel/ensure-kernel.ts';
import { requireFile } from '../../runtime/kernel/kernel-files.ts';
import type { Store } from '../../store/store.ts';
import type { BlobRef } from '../../values/blob.ts';
import type { KernelOrigin } from './assemble-machine.ts';
import { debianKernel, type DebianQuestion } from './debian-kernel.ts';

/** A kernel without a network, and the machine as that kernel needs it. */
export interface BoardKernel {
  readonly board: Board;
  readonly content: BlobRef;
  /** Whether it takes the constants of ours (`Board.ownKernelAppend`). */
  readonly isOwn: boolean;
  readonly memoryMiB: number;
  /** For a person. */
  readonly what: string;
}

/** @throws KilopyError KP9213 for a board without such a kernel */
export async function boardKernel(
  ctx: Context,
  store: Store,
  board: Board,
  kernelOf: KernelOrigin = 'kilopy',
  question: DebianQuestion,
): Promise<BoardKernel> {
  if (kernelOf === 'debian') {
    const { kernel } = await debianKernel(ctx, store, board, question);
    const { memoryMiB = board.memory.defaultMiB, board: other } = board.debianKernel ?? {};
    const content = requireFile(kernel, 'vmlinux');
    return { board: { ...board, ...other }, content, isOwn: false, memoryMiB, what: kernel.source };
  }
  const content = requireFile(await ensureKernel(ctx, store, board, 'initramfs'), 'vmlinux');
  return { board, content, isOwn: true, memoryMiB: board.memory.defaultMiB, what: 'Linux built by kilopy' };
}
