import { rm } from 'node:fs/promises';

const reasons: Readonly<Record<string, string>> = {
  EISDIR: 'a folder is in its place',
  EACCES: 'it may not be read',
  ELOOP: 'a link that leads in a circle is in its place',
  EIO: 'the disk cannot read it',
};

/**
 * Takes away an entry of the store that is there and cannot be read, so that it can be had again. Undefined when the
 * error is another one, or when the entry cannot be removed; else why it could not be read.
 */
export async function removeUnreadable(error: unknown, path: string): Promise<string | undefined> {
  const why = reasons[(error as NodeJS.ErrnoException).code ?? ''];
  if (why === undefined) return undefined;
  try {
    await rm(path, { recursive: true, force: true });
    return why;
  } catch {
    return undefined;
  }
}

/** Whether a rename failed because a folder is where the file should go. */
export function isFolderInPlace(error: unknown): boolean {
  return ['EISDIR', 'ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '');
}
