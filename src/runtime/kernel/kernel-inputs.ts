import { KilopyError } from '../../errors/kilopy-error.ts';
import { digestOf } from '../../emit/measure.ts';
import type { Context } from '../../io/context.ts';
import { packageRoot } from '../../io/package-root.ts';
import type { Board, KernelVariant } from '../../machine/qemu-system/board.ts';
import { formatAllConfig, mergeSettings, parseFragment, type KernelSetting } from './kernel-config.ts';
import { fragmentsOf, patchesOf } from './kernel-fragments.ts';
import { commonPackages, compileScript, configureScript, kernelRecipe, type KernelRecipe } from './kernel-recipe.ts';
import { makeRoom } from './room.ts';

/** Everything of our own that a kernel is made from. */
export interface KernelInputs {
  readonly recipe: KernelRecipe;
  readonly patches: readonly { readonly path: string; readonly text: string }[];
  settings(variant: KernelVariant): readonly KernelSetting[];
  allConfig(variant: KernelVariant): string;
  /** SHA-256 of all of it, by which a kernel that was built is found again. */
  key(variant: KernelVariant): string;
}

/** @throws KilopyError KP9213 for a board without kernels of ours, KP9210 for a fragment with a fault */
export async function readKernelInputs(ctx: Context, board: Board): Promise<KernelInputs> {
  const recipe = kernelRecipe(board, ctx.host.arch);
  if (recipe === undefined || board.kernels.length === 0) {
    throw new KilopyError('KP9213', `kilopy builds no kernel for ${board.name}`, { fix: 'give one: --kernel FILE' });
  }
  const folder = `${packageRoot}/device/kernel`;
  const read = async (path: string): Promise<string> => await ctx.fs.readText(`${folder}/${path}`);
  const settings = new Map<KernelVariant, readonly KernelSetting[]>();
  for (const variant of board.kernels) {
    const fragments = await Promise.all(
      fragmentsOf(board, variant).map(async (path) => parseFragment(await read(path), `device/kernel/${path}`)),
    );
    settings.set(variant, mergeSettings(fragments));
  }
  const patches = await Promise.all(patchesOf(board).map(async (path) => ({ path, text: await read(path) })));
  const settingsOf = (variant: KernelVariant): readonly KernelSetting[] => {
    const found = settings.get(variant);
    if (found === undefined) throw new KilopyError('KP9213', `there is no kernel ${variant} for ${board.name}`);
    return found;
  };
  const allConfig = (variant: KernelVariant): string => formatAllConfig(settingsOf(variant));
  return {
    recipe,
    patches,
    settings: settingsOf,
    allConfig,
    key(variant) {
      const scripts = [
        configureScript(
          board,
          recipe,
          [variant],
          patches.map(({ path }) => path),
        ),
        compileScript(board, recipe, [variant]),
      ];
      const parts = [commonPackages, recipe, patches, allConfig(variant), scripts, digestOf(makeRoom())];
      return digestOf(Buffer.from(JSON.stringify(parts)));
    },
  };
}
