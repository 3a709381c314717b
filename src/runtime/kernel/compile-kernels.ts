import { digestOf } from '../../emit/measure.ts';
import type { DebIndexPackage } from '../../feed/deb/index-package.ts';
import type { Context } from '../../io/context.ts';
import type { Board, KernelVariant } from '../../machine/qemu-system/board.ts';
import type { Store } from '../../store/store.ts';
import type { BlobRef } from '../../values/blob.ts';
import { runInRoot } from '../run-in-root.ts';
import type { KernelFiles } from './kernel-files.ts';
import type { KernelInputs } from './kernel-inputs.ts';
import { compileScript } from './kernel-recipe.ts';
import { rememberKernel } from './known-kernels.ts';

/** Files compiled between two lines of progress. */
const progressStep = 100;

/** A root file system in which kernels are configured already. */
export interface KernelRoot {
  readonly folder: string;
  readonly packages: readonly DebIndexPackage[];
}

/**
 * Compiles one variant after the other. Each is remembered in the store as soon as it is finished: what ends the build later
 * does not take it away.
 *
 * @throws KilopyError KP9212
 */
export async function compileKernels(
  ctx: Context,
  store: Store,
  board: Board,
  inputs: Pick<KernelInputs, 'recipe' | 'key'>,
  { folder, packages }: KernelRoot,
  variants: readonly KernelVariant[],
): Promise<readonly KernelFiles[]> {
  const source = packages.find(({ name }) => name.startsWith('linux-source-'));
  const built: KernelFiles[] = [];
  for (const variant of variants) {
    ctx.emit({ type: 'step.started', step: 'kernel', title: `compiling ${variant}`, target: board.target });
    await runInRoot(ctx, folder, compileScript(board, inputs.recipe, [variant]), progressOf(ctx, board, variant));
    const kernel = await keepProducts(ctx, store, `${folder}/products/${variant}`, {
      board: board.name,
      variant,
      source: source === undefined ? '' : `${source.name} ${source.version}`,
      recipe: recipeOf(inputs, variant, packages),
    });
    await rememberKernel(store, inputs, kernel);
    built.push(kernel);
  }
  ctx.emit({ type: 'step.finished', step: 'kernel', target: board.target });
  return built;
}

function progressOf(ctx: Context, { target }: Board, variant: KernelVariant): (line: string) => void {
  let count = 0;
  return (line) => {
    if (!/^\s+(?:CC|AS|LD)\s/.test(line)) return;
    if (++count % progressStep === 0) {
      const title = `compiling ${variant}: ${String(count)} files`;
      ctx.emit({ type: 'step.started', step: 'kernel', title, target });
    }
  };
}

/** One number for everything that decides the bytes. */
function recipeOf(
  inputs: Pick<KernelInputs, 'key'>,
  variant: KernelVariant,
  packages: readonly DebIndexPackage[],
): string {
  const parts = packages.map(({ name, version, sha256 }) => [name, version, sha256]);
  return digestOf(Buffer.from(JSON.stringify([inputs.key(variant), parts])));
}

async function keepProducts(
  ctx: Context,
  store: Store,
  folder: string,
  facts: Omit<KernelFiles, 'files' | 'release'>,
): Promise<KernelFiles> {
  const files: Record<string, BlobRef> = {};
  for (const { name } of await ctx.fs.readDirectory(folder)) {
    files[name] = await store.putStream(ctx.fs.readStream(`${folder}/${name}`));
  }
  const release = (await ctx.fs.readText(`${folder}/release`)).trim();
  return { ...facts, release, files };
}
