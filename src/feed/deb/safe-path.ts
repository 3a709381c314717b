import { KilopyError } from '../../errors/kilopy-error.ts';

/**
 * The path of an archive's entry as a tree has it: relative, without `.` and empty parts; `''` is the root. Throws
 * KP5061 for what leads elsewhere.
 */
export function safePath(path: string, label: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (path.startsWith('/') || parts.includes('..') || path.includes('\0')) {
    throw new KilopyError('KP5061', `${label} holds the path ${JSON.stringify(path)}`, {
      where: label,
      why: 'It does not lie inside the package.',
      data: { path },
    });
  }
  return parts.join('/');
}
