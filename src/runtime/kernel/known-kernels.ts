import type { KernelVariant } from '../../machine/qemu-system/board.ts';
import type { Store } from '../../store/store.ts';
import type { KernelFiles } from './kernel-files.ts';
import type { KernelInputs } from './kernel-inputs.ts';

const kind = 'kernel-1';

/** A kernel that was made from these inputs, if it is in the store with all its files. */
export async function recallKernel(
  store: Store,
  inputs: Pick<KernelInputs, 'key'>,
  variant: KernelVariant,
): Promise<KernelFiles | undefined> {
  const bytes = await store.recall(kind, inputs.key(variant));
  if (bytes === undefined) return undefined;
  const kernel = JSON.parse(Buffer.from(bytes).toString()) as KernelFiles;
  for (const { digest } of Object.values(kernel.files)) if (!(await store.has(digest))) return undefined;
  return kernel;
}

export async function rememberKernel(
  store: Store,
  inputs: Pick<KernelInputs, 'key'>,
  kernel: KernelFiles,
): Promise<void> {
  await store.remember(kind, inputs.key(kernel.variant), Buffer.from(JSON.stringify(kernel)));
}
