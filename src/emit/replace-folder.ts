import { basename, dirname, join } from 'node:path';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import { temporaryName } from '../io/leftovers.ts';
import { removeTree } from '../io/remove-tree.ts';

/**
 * Makes an output that is a folder. It is filled under a temporary name beside its place and then renamed.
 *
 * What stands there already is replaced only when kilopy made it. A marker inside would become part of the output, so
 * a hidden file beside it (`.NAME.kilopy`) holds the identity (device, inode, birth time) of the folder that was put
 * there: a folder that a person made, restored or copied has another one, and is refused with KP8001. An empty folder
 * is replaced. Just before the exchange the file names both folders, so that the next build recognises either.
 *
 * Linux exchanges two folders in one step (renameat2(2), RENAME_EXCHANGE), which Node.js cannot ask for and `mv` of coreutils 9.5 can:
 * with it, an interruption at any moment leaves the old or the new folder. Without it there are two renames, and a `kill -9` between
 * them leaves neither until the next build.
 */
export async function replaceFolder(
  ctx: Context,
  path: string,
  fill: (folder: string) => Promise<void>,
): Promise<void> {
  const { fs } = ctx;
  const marker = join(dirname(path), `.${basename(path)}.kilopy`);
  const old = await replaceable(ctx, path, marker);
  const folder = await fs.makeTempDirectory(join(dirname(path), temporaryName()));
  const filled = join(folder, 'new');
  try {
    await fs.makeDirectory(filled);
    await fill(filled);
    const fresh = await identity(ctx, filled);
    await fs.writeAtomic(marker, [fresh, ...(old === undefined ? [] : [old])].map((line) => `${line}\n`).join(''));
    if (old === undefined || !(await exchange(ctx, filled, path))) {
      if (old !== undefined) await fs.rename(path, join(folder, 'old'));
      await fs.rename(filled, path);
    }
    await fs.writeAtomic(marker, `${fresh}\n`);
  } finally {
    await removeTree(ctx, folder);
  }
}

/** Whether the two have changed places. An older `mv` does not know the option and does nothing. */
async function exchange(ctx: Context, one: string, other: string): Promise<boolean> {
  if ((await ctx.tools.find('mv')) === undefined) return false;
  const { status } = await ctx.tools.run('mv', ['--exchange', '--no-target-directory', '--', one, other]);
  return status === 0;
}

/** Identity of what stands at `path`, undefined for nothing. */
async function replaceable(ctx: Context, path: string, marker: string): Promise<string | undefined> {
  const { fs } = ctx;
  const stat = await fs.lstat(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (stat === undefined) return undefined;
  const found = await identity(ctx, path);
  if (stat.isDirectory()) {
    if ((await fs.readDirectory(path)).length === 0) return found;
    const known = await fs.readText(marker).catch((error: unknown) => {
      if (isMissing(error)) return '';
      throw error;
    });
    if (known.split('\n').includes(found)) return found;
  }
  throw new KilopyError('KP8001', `${path} exists and was not made by kilopy`, { where: path, data: { path } });
}

async function identity(ctx: Context, path: string): Promise<string> {
  const { dev, ino, birthtimeNs } = await ctx.fs.lstat(path);
  return `${String(dev)}:${String(ino)}:${String(birthtimeNs)}`;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
