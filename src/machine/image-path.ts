import { posix } from 'node:path';
import type { Context } from '../io/context.ts';

/** As many links as Linux follows in one lookup (path_resolution(7)). */
const maxLinks = 40;

/**
 * Path on the host of a path inside an unpacked image, with symbolic links followed as a process in the image would: absolute
 * targets start at the image's root and `..` stops there. Undefined when it does not exist.
 */
export async function hostPathOf(ctx: Context, rootfs: string, path: string): Promise<string | undefined> {
  let pending = path.split('/');
  let inside = '/';
  let links = 0;
  while (pending.length > 0) {
    const [name = '', ...rest] = pending;
    pending = rest;
    if (name === '' || name === '.') continue;
    if (name === '..') {
      inside = posix.dirname(inside);
      continue;
    }
    const next = posix.join(inside, name);
    const kind = await kindOf(ctx, rootfs + next);
    if (kind === undefined || (kind !== 'link' && kind !== 'folder' && rest.some((part) => part !== '')))
      return undefined;
    if (kind !== 'link') {
      inside = next;
      continue;
    }
    if (++links > maxLinks) return undefined;
    const target = await ctx.fs.readLink(rootfs + next);
    if (target.startsWith('/')) inside = '/';
    pending = [...target.split('/'), ...pending];
  }
  return rootfs + inside;
}

async function kindOf(ctx: Context, path: string): Promise<'link' | 'folder' | 'other' | undefined> {
  try {
    const stat = await ctx.fs.lstat(path);
    if (stat.isSymbolicLink()) return 'link';
    return stat.isDirectory() ? 'folder' : 'other';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
