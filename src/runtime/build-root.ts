import { join } from 'node:path';
import type { Context } from '../io/context.ts';
import { inScratch } from './full-disk.ts';
import { removeLeftovers, scratchPrefix } from '../io/leftovers.ts';

/** A folder for compilers and sources in the system's scratch folder. Removes those of builds that were killed. */
export async function makeBuildRoot(ctx: Context): Promise<string> {
  const { tempFolder } = ctx.host;
  await removeLeftovers(ctx, tempFolder);
  return await inScratch(ctx, async () => await ctx.fs.makeTempDirectory(join(tempFolder, scratchPrefix())));
}
