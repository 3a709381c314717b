import { join } from 'node:path';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import { removeLeftovers, scratchPrefix } from '../io/leftovers.ts';

/** Gives `work` a new folder that is removed afterwards, however `work` ends. */
export async function withScratch<T>(ctx: Context, work: (folder: string) => Promise<T>): Promise<T> {
  await removeLeftovers(ctx, ctx.host.tempFolder);
  const folder = await ctx.fs.makeTempDirectory(join(ctx.host.tempFolder, scratchPrefix()));
  try {
    return await work(folder);
  } catch (error) {
    if (!isFullDisk(error)) throw error;
    throw new KilopyError('KP1005', `no space is left for scratch files in ${ctx.host.tempFolder}`, {
      why: error.message,
      fix: 'make room on the disk, or set TMPDIR to a folder on another one',
      cause: error,
    });
  } finally {
    await ctx.fs.remove(folder);
  }
}

function isFullDisk(error: unknown): error is NodeJS.ErrnoException {
  return ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
}
