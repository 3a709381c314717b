import { join } from 'node:path';
import type { Context } from '../io/context.ts';
import { removeLeftovers, scratchPrefix } from '../io/leftovers.ts';

/** Gives `work` a new folder that is removed afterwards, however `work` ends. */
export async function withScratch<T>(ctx: Context, work: (folder: string) => Promise<T>): Promise<T> {
  await removeLeftovers(ctx, ctx.host.tempFolder);
  const folder = await ctx.fs.makeTempDirectory(join(ctx.host.tempFolder, scratchPrefix()));
  try {
    return await work(folder);
  } finally {
    await ctx.fs.remove(folder);
  }
}
