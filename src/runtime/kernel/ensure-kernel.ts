import type { Context } from '../../io/context.ts';
import type { Board, KernelVariant } from '../../machine/qemu-system/board.ts';
import type { Store } from '../../store/store.ts';
import { buildKernels } from './build-kernels.ts';
import type { KernelFiles } from './kernel-files.ts';
import { readKernelInputs, type KernelInputs } from './kernel-inputs.ts';

const kind = 'kernel-1';

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
  return await store.withLock(`kernel ${board.name}`, async () => {
    const found = new Map<KernelVariant, KernelFiles>();
    for (const variant of variants) {
      const known = rebuild ? undefined : await recallKernel(store, inputs, variant);
      if (known !== undefined) found.set(variant, known);
    }
    const missing = variants.filter((variant) => !found.has(variant));
    if (missing.length > 0) {
      ctx.emit({
        type: 'note',
        text: `the kernel for ${board.name} (${missing.join(', ')}) is built from source: about four minutes each, once`,
      });
      for (const kernel of await buildKernels(ctx, store, board, inputs, missing)) {
        await store.remember(kind, inputs.key(kernel.variant), Buffer.from(JSON.stringify(kernel)));
        found.set(kernel.variant, kernel);
      }
    }
    return variants.flatMap((variant) => found.get(variant) ?? []);
  });
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

async function recallKernel(
  store: Store,
  inputs: KernelInputs,
  variant: KernelVariant,
): Promise<KernelFiles | undefined> {
  const bytes = await store.recall(kind, inputs.key(variant));
  if (bytes === undefined) return undefined;
  const kernel = JSON.parse(Buffer.from(bytes).toString()) as KernelFiles;
  for (const { digest } of Object.values(kernel.files)) if (!(await store.has(digest))) return undefined;
  return kernel;
}
