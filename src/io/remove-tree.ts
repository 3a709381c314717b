import { join } from 'node:path';
import type { Context } from './context.ts';

/** Removes a file, or a folder that may hold folders which their owner cannot write. */
export async function removeTree(ctx: Context, path: string): Promise<void> {
  if ((await ctx.fs.lstat(path)).isDirectory()) await makeWritable(ctx, path);
  await ctx.fs.remove(path);
}

async function makeWritable(ctx: Context, folder: string): Promise<void> {
  await ctx.fs.chmod(folder, 0o700);
  for (const entry of await ctx.fs.readDirectory(folder)) {
    if (entry.isDirectory()) await makeWritable(ctx, join(folder, entry.name));
  }
}
