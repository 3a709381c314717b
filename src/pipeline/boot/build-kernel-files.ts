import { join, resolve } from 'node:path';
import type { Context } from '../../io/context.ts';
import type { Board, KernelVariant } from '../../machine/qemu-system/board.ts';
import { ensureKernels } from '../../runtime/kernel/ensure-kernel.ts';
import type { KernelFiles } from '../../runtime/kernel/kernel-files.ts';
import { openStore } from '../../store/store.ts';

export interface BuildKernelsRequest {
  readonly variants: readonly KernelVariant[];
  readonly rebuild: boolean;
  /** Relative to the working folder; the files are copied to `FOLDER/MACHINE-VARIANT/`. */
  readonly outDir?: string | undefined;
}

export async function buildKernelFiles(
  ctx: Context,
  board: Board,
  { variants, rebuild, outDir }: BuildKernelsRequest,
): Promise<readonly KernelFiles[]> {
  const store = await openStore(ctx);
  const kernels = await ensureKernels(ctx, store, board, variants, rebuild);
  for (const { variant, files } of outDir === undefined ? [] : kernels) {
    const folder = join(resolve(ctx.cwd, outDir ?? ''), `${board.name}-${variant}`);
    await ctx.fs.makeDirectory(folder);
    for (const [name, ref] of Object.entries(files)) await ctx.fs.writeAtomic(join(folder, name), store.open(ref));
  }
  return kernels;
}
