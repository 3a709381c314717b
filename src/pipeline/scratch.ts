import { join } from 'node:path';
import type { Context } from '../io/context.ts';

/** Gives `work` a new folder that is removed afterwards, however `work` ends. */
export async function withScratch<T>(ctx: Context, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await ctx.fs.makeTempDirectory(join(ctx.host.tempFolder, 'kilopy-'));
  try {
    return await work(folder);
  } finally {
    await ctx.fs.remove(folder);
  }
}
