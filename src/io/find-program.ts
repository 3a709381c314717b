import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

/** Where mkfs.ext4, e2fsck and their like are; Debian leaves these folders out of an ordinary user's PATH. */
const systemFolders: readonly string[] = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Absolute path of an executable file: itself when it is a path, else the first on `path` (as PATH) or in a system folder. */
export function findProgram(name: string, path: string | undefined): string | undefined {
  if (isAbsolute(name)) return isExecutable(name) ? name : undefined;
  const folders = (path ?? '').split(':').filter(isAbsolute);
  return [...folders, ...systemFolders].map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
