import { join } from 'node:path';
import { digestOf } from '../../emit/measure.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { DebIndexPackage } from '../../feed/deb/index-package.ts';
import type { Context } from '../../io/context.ts';
import type { Board, KernelVariant } from '../../machine/qemu-system/board.ts';
import type { Store } from '../../store/store.ts';
import type { BlobRef } from '../../values/blob.ts';
import { planDebianRoot } from '../debian-root.ts';
import { runInRoot } from '../run-in-root.ts';
import type { KernelFiles } from './kernel-files.ts';
import type { KernelInputs } from './kernel-inputs.ts';
import { lostSettings } from './kernel-config.ts';
import { commonPackages, compileScript, configureScript } from './kernel-recipe.ts';
import { makeRoom } from './room.ts';

/** Files compiled between two lines of progress. */
const progressStep = 100;

/**
 * Builds kernels of one board from Debian's source with Debian's compilers, in a root file system of their own.
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
  const folder = await ctx.fs.makeTempDirectory(join(ctx.host.tempFolder, 'kilopy-kernel-'));
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
    await runInRoot(ctx, folder, configureScript(board, recipe, variants, names), () => undefined);
    for (const variant of variants) await checkSurvival(ctx, folder, inputs, variant);
    ctx.emit({ type: 'step.started', step: 'kernel', title: `compiling ${variants.join(', ')}`, target: board.target });
    await runInRoot(ctx, folder, compileScript(board, recipe, variants), progressOf(ctx, board));
    ctx.emit({ type: 'step.finished', step: 'kernel', target: board.target });
    const source = plan.packages.find(({ name }) => name.startsWith('linux-source-'));
    const built: KernelFiles[] = [];
    for (const variant of variants) {
      const recipeDigest = recipeOf(inputs, variant, plan.packages);
      const label = source === undefined ? '' : `${source.name} ${source.version}`;
      built.push(
        await keepProducts(ctx, store, `${folder}/products/${variant}`, {
          board: board.name,
          variant,
          source: label,
          recipe: recipeDigest,
        }),
      );
    }
    return built;
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

function progressOf(ctx: Context, { target }: Board): (line: string) => void {
  let count = 0;
  return (line) => {
    if (!/^\s+(?:CC|AS|LD)\s/.test(line)) return;
    if (++count % progressStep === 0) {
      ctx.emit({ type: 'step.started', step: 'kernel', title: `compiling: ${String(count)} files`, target });
    }
  };
}

/** One number for everything that decides the bytes. */
function recipeOf(inputs: KernelInputs, variant: KernelVariant, packages: readonly DebIndexPackage[]): string {
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
