import { dirname, join } from 'node:path';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';

/**
 * Before anything is fetched: BIN_DIR is a folder, or can be made, and files can be made in it. Leaves nothing behind.
 *
 * @throws KilopyError KP1005
 */
export async function checkOutDir(ctx: Context, outDir: string): Promise<void> {
  try {
    let place = outDir;
    while (!(await ctx.fs.exists(place)) && dirname(place) !== place) place = dirname(place);
    await ctx.fs.remove(await ctx.fs.makeTempDirectory(join(place, '.kilopy-')));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    throw new KilopyError('KP1005', `nothing can be written into ${outDir}`, {
      where: outDir,
      why: whys[code] ?? (cause instanceof Error ? cause.message : undefined),
      fix: 'choose another folder with BIN_DIR=FOLDER',
      cause,
    });
  }
}

const whys: Readonly<Record<string, string>> = {
  ENOTDIR: 'There is a file in its place.',
  EACCES: 'You may not write there.',
  EROFS: 'That file system is read-only.',
};
