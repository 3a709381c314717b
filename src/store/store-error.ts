import { KilopyError } from '../errors/kilopy-error.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'nothing can be created there',
  ENAMETOOLONG: 'the path is too long',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a file is in the place of a folder',
  EEXIST: 'a file is in the place of a folder',
  EISDIR: 'a folder is in the place of a file',
  EIO: 'the disk reports an error',
  ELOOP: 'symbolic links lead in a circle',
};

/** What a refusal of the file system below the store means. Other errors come back as they are. */
export function storeError(error: unknown, root: string): unknown {
  if (error instanceof KilopyError) return error;
  const { code = '', path = root } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new KilopyError('KP6004', `No space is left for the store ${root}`, {
      where: path,
      cause: error,
      data: { root },
    });
  }
  const why = reasons[code];
  if (why === undefined) return error;
  return new KilopyError('KP6001', `The store ${root} cannot be used`, {
    where: path,
    why,
    cause: error,
    data: { root },
  });
}
