import { basename, dirname, join } from 'node:path';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { buildPath } from '../run-in-root.ts';

/** Folders of this computer that every build with a compiler of this computer sees. */
const systemFolders = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc'];

/** What scripts run beside compilers, as commonPackages has it from Debian. */
export const commonHelpers: readonly string[] =
  'make sh sed grep awk find xargs cmp tar gzip bzip2 xz patch python3 sort readlink sha256sum'.split(' ');

/** @throws KilopyError KP9106 naming what is not there */
export async function requirePrograms(
  ctx: Context,
  asked: string,
  missing: readonly string[],
  helpers: readonly string[],
): Promise<void> {
  const absent = [...missing];
  for (const name of helpers) if (!(await isHelper(ctx, name))) absent.push(name);
  if (absent.length === 0) return;
  throw new KilopyError('KP9106', `the toolchain ${asked} is not complete: ${absent.join(', ')}`, {
    why: `compiling with a compiler of this computer takes its other programs, too, those of ${buildPath.join(':')}`,
  });
}

/** Whether the build finds it; the PATH of whoever started kilopy is no matter there. */
async function isHelper(ctx: Context, name: string): Promise<boolean> {
  for (const folder of buildPath) if ((await ctx.tools.find(join(folder, name))) !== undefined) return true;
  return false;
}

/**
 * The folders of this computer that a build with these programs has to see.
 *
 * @param homes folders that the programs need, themselves or parts of them
 * @throws KilopyError KP9106 when one of them lies in `/` itself
 */
export function shownFolders(programs: readonly string[], homes: readonly string[]): readonly string[] {
  const [first = ''] = programs;
  if (programs.some((program) => dirname(program) === '/')) {
    throw new KilopyError('KP9106', `the compiler ${first} lies in / itself`, {
      why: 'a build sees folders of this computer, and not all of it',
    });
  }
  // All of this computer is not shown: `/bin` is one of the system's folders already.
  const own = [...new Set(homes)].filter(
    (home) => home !== '/' && !systemFolders.includes(home) && !isBelow(home, systemFolders),
  );
  return [...systemFolders, ...own.filter((home) => !isBelow(home, own))];
}

function isBelow(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path.startsWith(`${folder}/`));
}

/** Compilers find their parts from where they are: `bin/` is beside `lib/`. */
export function homeOf(program: string): string {
  const folder = dirname(program);
  return basename(folder) === 'bin' ? dirname(folder) : folder;
}
