import { resolve } from 'node:path';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import { formatLock } from './format-lock.ts';
import type { Lock } from './lock.ts';
import { parseLock } from './parse-lock.ts';

/**
 * Writes the lock, whole or not at all. Nothing is touched when the text is already there. In a folder that cannot be
 * written it is an error (KP5606) when packages would change, and ignored when only `measured` would.
 * True when the file has changed.
 */
export async function writeLock(ctx: Context, path: string, lock: Lock): Promise<boolean> {
  const absolute = resolve(ctx.cwd, path);
  const text = formatLock(lock);
  const before = await currentText(ctx, absolute);
  if (before === text) return false;
  try {
    await ctx.fs.writeAtomic(absolute, text);
    return true;
  } catch (cause) {
    if (before !== undefined && sameButMeasured(before, lock, absolute)) return false;
    throw new KilopyError('KP5606', `${path} would change, and cannot be written`, {
      where: absolute,
      why: (cause as Error).message,
      cause,
    });
  }
}

async function currentText(ctx: Context, path: string): Promise<string | undefined> {
  try {
    return await ctx.fs.readText(path);
  } catch {
    return undefined;
  }
}

function sameButMeasured(before: string, lock: Lock, file: string): boolean {
  try {
    return formatLock(withoutMeasured(parseLock(before, file))) === formatLock(withoutMeasured(lock));
  } catch {
    return false;
  }
}

function withoutMeasured(lock: Lock): Lock {
  return { ...lock, sections: lock.sections.map((section) => ({ ...section, measured: undefined })) };
}
