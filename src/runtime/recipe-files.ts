import { join } from 'node:path';
import type { Context } from '../io/context.ts';
import { packageRoot } from '../io/package-root.ts';

/** The texts of a folder below `device/`, by path in it, sorted. */
export async function readRecipeFiles(ctx: Context, folder: string): Promise<ReadonlyMap<string, string>> {
  const files = await readFolder(ctx, join(packageRoot, 'device', folder), '');
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function readFolder(ctx: Context, folder: string, prefix: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const entry of await ctx.fs.readDirectory(folder)) {
    const path = join(folder, entry.name);
    if ((await ctx.fs.stat(path)).isDirectory()) {
      for (const [name, text] of await readFolder(ctx, path, `${prefix}${entry.name}/`)) files.set(name, text);
    } else files.set(`${prefix}${entry.name}`, await ctx.fs.readText(path));
  }
  return files;
}
