import { join } from 'node:path';
import type { Context } from './context.ts';
import { formatMark, ownMark, parseMark, stateOf } from './process-mark.ts';
import { removeTree } from './remove-tree.ts';

const foreignAgeMs = 24 * 3600 * 1000;
const namePattern = /^\.?kilopy-(?=\d)/u;

let counter = 0;

/** A name for what stands beside an output until it is whole. Not derived from the output's: 255 bytes leave no room. */
export function temporaryName(): string {
  return `.kilopy-${formatMark(ownMark())}-${String(counter++)}.tmp`;
}

/** For a scratch folder in the system's folder for those, to be followed by something random. */
export function scratchPrefix(): string {
  return `kilopy-${formatMark(ownMark())}-`;
}

/**
 * Removes from a folder what a process under these names left when it was killed. What belongs to a running process
 * stays, and so does, for a day, that of a process which cannot be asked (another container on the same folder). A
 * folder that is absent or may not be written is left alone.
 */
export async function removeLeftovers(ctx: Context, folder: string): Promise<void> {
  const entries = await ctx.fs.readDirectory(folder).catch(() => []);
  for (const { name } of entries) {
    if (!namePattern.test(name)) continue;
    const path = join(folder, name);
    if (await isLeftBehind(ctx, name, path)) await removeTree(ctx, path).catch(() => undefined);
  }
}

async function isLeftBehind(ctx: Context, name: string, path: string): Promise<boolean> {
  const mark = parseMark(name.replace(namePattern, ''));
  if (mark === undefined) return false;
  const state = stateOf(mark);
  if (state !== 'unknown') return state === 'dead';
  const status = await ctx.fs.lstat(path).catch(() => undefined);
  return status !== undefined && ctx.clock.now() - Number(status.mtimeMs) > foreignAgeMs;
}
