import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import type { Context } from '../io/context.ts';

/**
 * The folder of the store: `$KILOPY_CACHE`, else `$XDG_CACHE_HOME/kilopy`, else `~/.cache/kilopy`. As the XDG base
 * directory specification says, a relative XDG_CACHE_HOME is ignored.
 */
export function storePath(ctx: Pick<Context, 'env' | 'cwd'>): string {
  const own = ctx.env['KILOPY_CACHE'];
  if (own !== undefined && own !== '') return resolve(ctx.cwd, own);
  const xdg = ctx.env['XDG_CACHE_HOME'];
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, 'kilopy');
  const home = ctx.env['HOME'];
  return join(home !== undefined && isAbsolute(home) ? home : homedir(), '.cache', 'kilopy');
}
