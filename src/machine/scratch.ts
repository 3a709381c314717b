import type { Context } from '../io/context.ts';

/** `/kilopy-run-XXXXXX/65535` must fit behind it in the 108 bytes of a Unix socket's path (unix(7)). */
const longestFolderBytes = 80;

/** A private folder for one run, on the host's file system. */
export async function makeScratch(ctx: Context): Promise<string> {
  const { tempFolder } = ctx.host;
  const folder = Buffer.byteLength(tempFolder) > longestFolderBytes ? '/tmp' : tempFolder;
  return await ctx.fs.makeTempDirectory(`${folder}/kilopy-run-`);
}
