import type { Context } from '../../io/context.ts';
import type { Board, KernelVariant } from '../../machine/qemu-system/board.ts';
import type { Store } from '../../store/store.ts';
import { buildKernels } from './build-kernels.ts';
import type { KernelFiles } from './kernel-files.ts';
import { readKernelInputs, type KernelInputs } from './kernel-inputs.ts';
import { recallKernel } from './known-kernels.ts';

/** The kernel of a board: as it was built before from the same fragments, patches and script, else built now, which takes minutes. */
export async function ensureKernel(
  ctx: Context,
  store: Store,
  board: Board,
  variant: KernelVariant,
): Promise<KernelFiles> {
  const [kernel] = await ensureKernels(ctx, store, board, [variant]);
  if (kernel === undefined) throw new Error('no kernel was built');
  return kernel;
}

/** Several at once: compilers and source are unpacked once. In the order asked for. */
export async function ensureKernels(
  ctx: Context,
  store: Store,
  board: Board,
  variants: readonly KernelVariant[],
  rebuild = false,
): Promise<readonly KernelFiles[]> {
  const inputs = await readKernelInputs(ctx, board);
  const known = rebuild ? new Map<KernelVariant, KernelFiles>() : await recallKernels(store, inputs, variants);
  const isComplete = variants.every((variant) => known.has(variant));
  const found = isComplete ? known : await store.withLock(`kernel ${board.name}`, () => buildMissing(known));
  return variants.flatMap((variant) => found.get(variant) ?? []);

  async function buildMissing(
    earlier: ReadonlyMap<KernelVariant, KernelFiles>,
  ): Promise<ReadonlyMap<KernelVariant, KernelFiles>> {
    // Another process may have built them while this one waited.
    const now = new Map(rebuild ? earlier : await recallKernels(store, inputs, variants));
    const missing = variants.filter((variant) => !now.has(variant));
    if (missing.length === 0) return now;
    const text = `the kernel for ${board.name} (${missing.join(', ')}) is built from source: about four minutes each, once`;
    ctx.emit({ type: 'note', text });
    for (const kernel of await buildKernels(ctx, store, board, inputs, missing)) now.set(kernel.variant, kernel);
    return now;
  }
}

async function recallKernels(
  store: Store,
  inputs: KernelInputs,
  variants: readonly KernelVariant[],
): Promise<Map<KernelVariant, KernelFiles>> {
  const found = new Map<KernelVariant, KernelFiles>();
  for (const variant of variants) {
    const kernel = await recallKernel(store, inputs, variant);
    if (kernel !== undefined) found.set(variant, kernel);
  }
  return found;
}

/** A kernel of the store, if it is there with all its files. */
export async function findKernel(
  ctx: Context,
  store: Store,
  board: Board,
  variant: KernelVariant,
): Promise<KernelFiles | undefined> {
  return await recallKernel(store, await readKernelInputs(ctx, board), variant);
}
