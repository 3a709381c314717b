import { KilopyError } from '../errors/kilopy-error.ts';

/** Compilers and sources did not fit into the folder for scratch files. */
export function fullDisk(folder: string, cause?: unknown): KilopyError {
  return new KilopyError('KP1005', `no space is left for compilers and sources in ${folder}`, {
    fix: 'make 3 GB free there, or set TMPDIR to a folder on another disk',
    cause,
  });
}

/** Whether the file system refused for want of space. */
export function isFullDisk(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(String((error as NodeJS.ErrnoException).code));
}
