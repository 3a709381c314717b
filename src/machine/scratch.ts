import type { Context } from '../io/context.ts';

/** A private folder for one run, on the host's file system. */
export async function makeScratch(ctx: Context): Promise<string> {
  return await ctx.fs.makeTempDirectory(`${ctx.env['TMPDIR'] ?? '/tmp'}/kilopy-run-`);
}
