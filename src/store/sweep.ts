import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { folders } from './folders.ts';
import { parseMark, stateOf } from '../io/process-mark.ts';

const foreignAgeMs = 24 * 3600 * 1000;

/**
 * Removes files of `tmp` whose process is dead, or whose process cannot be asked (another container on the same
 * folder) and that are a day old.
 */
export async function sweepTemporary(root: string): Promise<void> {
  const folder = join(root, folders.tmp);
  for (const name of await readdir(folder)) {
    const mark = parseMark(name);
    const state = mark === undefined ? 'unknown' : stateOf(mark);
    const path = join(folder, name);
    if (state === 'dead' || (state === 'unknown' && (await isOld(path))))
      await rm(path, { recursive: true, force: true });
  }
}

async function isOld(path: string): Promise<boolean> {
  const status = await stat(path).catch(() => undefined);
  return status !== undefined && Date.now() - status.mtimeMs > foreignAgeMs;
}
