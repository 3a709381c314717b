import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { Board, KernelVariant } from '../../machine/qemu-system/board.ts';
import type { Store } from '../../store/store.ts';
import { makeBuildRoot } from '../build-root.ts';
import { planDebianRoot } from '../debian-root.ts';
import { runInRoot } from '../run-in-root.ts';
import { compileKernels } from './compile-kernels.ts';
import type { KernelFiles } from './kernel-files.ts';
import type { KernelInputs } from './kernel-inputs.ts';
import { lostSettings } from './kernel-config.ts';
import { commonPackages, configureScript } from './kernel-recipe.ts';
import { makeRoom } from './room.ts';

/**
 * Builds kernels of one board from Debian's source with Debian's compilers, in a root file system of their own. Each is in the
 * store, remembered, as soon as it is finished.
 *
 * @throws KilopyError KP9210 when a setting did not survive, KP9212 when the build fails, and those of the feed
 */
export async function buildKernels(
  ctx: Context,
  store: Store,
  board: Board,
  inputs: KernelInputs,
  variants: readonly KernelVariant[],
): Promise<readonly KernelFiles[]> {
  const { recipe, patches } = inputs;
  const plan = await planDebianRoot(ctx, store, [...commonPackages, ...recipe.packages]);
  const folder = await makeBuildRoot(ctx);
  try {
    ctx.emit({
      type: 'step.started',
      step: 'kernel',
      title: `unpacking compilers and the kernel's source`,
      target: board.target,
    });
    await plan.unpack(folder);
    await writeInputs(ctx, folder, inputs, variants);
    const names = patches.map(({ path }) => path);
    await runInRoot(ctx, folder, configureScript(board, recipe, variants, names));
    for (const variant of variants) await checkSurvival(ctx, folder, inputs, variant);
    return await compileKernels(ctx, store, board, inputs, { folder, packages: plan.packages }, variants);
  } finally {
    await ctx.fs.remove(folder);
  }
}

async function writeInputs(
  ctx: Context,
  root: string,
  inputs: KernelInputs,
  variants: readonly KernelVariant[],
): Promise<void> {
  await ctx.fs.makeDirectory(`${root}/config/patches`);
  await ctx.fs.writeFile(`${root}/config/room.cpio`, makeRoom());
  for (const { path, text } of inputs.patches) await ctx.fs.writeFile(`${root}/config/${path}`, text);
  for (const variant of variants) await ctx.fs.writeFile(`${root}/config/${variant}.config`, inputs.allConfig(variant));
}

async function checkSurvival(ctx: Context, root: string, inputs: KernelInputs, variant: KernelVariant): Promise<void> {
  const lost = lostSettings(inputs.settings(variant), await ctx.fs.readText(`${root}/products/${variant}/config`));
  const [first, ...others] = lost.map(
    ({ symbol, value, where, why }) =>
      new KilopyError('KP9210', `${symbol}=${value} did not survive in the kernel ${variant}`, {
        where,
        why: `it is wanted because: ${why}`,
      }),
  );
  if (first !== undefined)
    throw new KilopyError(first.code, first.message, { where: first.where, why: first.why, others });
}
