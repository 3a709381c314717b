import { relative, resolve } from 'node:path';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import type { Lock } from './lock.ts';
import { parseLock } from './parse-lock.ts';

/** The lock at a path, or undefined where there is none. Throws KP5603 to KP5605 for one that cannot be used. */
export async function readLock(ctx: Context, path: string): Promise<Lock | undefined> {
  const absolute = resolve(ctx.cwd, path);
  const short = relative(ctx.cwd, absolute);
  const file = short.startsWith('..') ? absolute : short;
  let bytes: Uint8Array;
  try {
    bytes = await ctx.fs.readFile(absolute);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new KilopyError('KP1005', `${file} could not be read: ${(cause as Error).message}`, {
      where: absolute,
      cause,
    });
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new KilopyError('KP5603', `${file} is not text in UTF-8`, { where: { file }, cause });
  }
  return parseLock(text, file);
}
