import type { Context } from '../../io/context.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Board, KernelVariant } from '../../machine/qemu-system/board.ts';
import { findKernel } from '../../runtime/kernel/ensure-kernel.ts';
import type { KernelFiles } from '../../runtime/kernel/kernel-files.ts';
import { readLinkMap, type KernelPart } from '../../runtime/kernel/read-link-map.ts';
import { openStore } from '../../store/store.ts';

/** @throws KilopyError KP9213 for a kernel that was not built yet */
export async function kernelSizes(
  ctx: Context,
  board: Board,
  variant: KernelVariant,
): Promise<{ readonly kernel: KernelFiles; readonly parts: readonly KernelPart[] }> {
  const store = await openStore(ctx);
  const kernel = await findKernel(ctx, store, board, variant);
  const map = kernel?.files['map'];
  if (kernel === undefined || map === undefined) {
    throw new KilopyError('KP9213', `the kernel ${variant} for ${board.name} was not built yet`, {
      fix: `kilopy kernel build --machine ${board.name} --variant ${variant}`,
    });
  }
  return { kernel, parts: readLinkMap(Buffer.from(await store.read(map)).toString()) };
}
