import { userInfo } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';

/**
 * The folder of the store: `$KILOPY_CACHE`, else `$XDG_CACHE_HOME/kilopy`, else `~/.cache/kilopy`. As the XDG base
 * directory specification says, a relative XDG_CACHE_HOME is ignored; so is a relative or empty HOME, in place of which
 * the user's entry in the password file counts. Throws KP6001 for a user without either.
 */
export function storePath(ctx: Pick<Context, 'env' | 'cwd'>): string {
  const own = ctx.env['KILOPY_CACHE'];
  if (own !== undefined && own !== '') return resolve(ctx.cwd, own);
  const xdg = ctx.env['XDG_CACHE_HOME'];
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, 'kilopy');
  const home = ctx.env['HOME'];
  return join(home !== undefined && isAbsolute(home) ? home : homeOfUser(), '.cache', 'kilopy');
}

function homeOfUser(): string {
  try {
    return userInfo().homedir;
  } catch (cause) {
    throw new KilopyError('KP6001', 'There is no folder for the store', {
      why: 'HOME is not set, and the user has no entry in the password file',
      cause,
    });
  }
}
