import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';

/**
 * Writes into the folder for scratch files, which compilers and sources may not fit into. Only of that folder does the error speak: the store
 * may be on another disk.
 *
 * @throws KilopyError KP1005 when the disk is full
 */
export async function inScratch<T>(ctx: Context, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw isFullDisk(error) ? fullDisk(ctx.host.tempFolder, error) : error;
  }
}

/** Compilers and sources did not fit into the folder for scratch files. */
export function fullDisk(folder: string, cause?: unknown): KilopyError {
  return new KilopyError('KP1005', `no space is left for compilers and sources in ${folder}`, {
    fix: 'make 3 GB free there, or set TMPDIR to a folder on another disk',
    cause,
  });
}

/** Whether the file system refused for want of space. */
function isFullDisk(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(String((error as NodeJS.ErrnoException).code));
}
