import { join } from 'node:path';
import type { Context } from '../../io/context.ts';
import { parseSourcesDeb822, parseSourcesList, type AptSource } from './apt-sources.ts';
import { isDebianSuite } from './suites.ts';

/** Where Debian itself redirects from, when nothing nearer is known. */
const publicMirror = 'https://ftp.debian.org/debian';

/**
 * URL of a Debian archive without a trailing slash: KILOPY_DEBIAN_MIRROR, else what apt on this machine uses for Debian,
 * else Debian's own. Only the host is taken from apt; the suite is the caller's.
 */
export async function findDebianMirror(ctx: Context, aptFolder: string = '/etc/apt'): Promise<string> {
  const named = ctx.env['KILOPY_DEBIAN_MIRROR'];
  if (named !== undefined && named !== '') return withoutSlash(named);
  for (const source of await readAptSources(ctx, aptFolder)) {
    if (isDebianArchive(source)) return withoutSlash(source.uri);
  }
  return publicMirror;
}

/** The security archive of a mirror: KILOPY_DEBIAN_SECURITY_MIRROR, else the folder beside it. */
export function securityMirrorOf(ctx: Context, mirror: string): string {
  const named = ctx.env['KILOPY_DEBIAN_SECURITY_MIRROR'];
  return named === undefined || named === '' ? `${mirror}-security` : withoutSlash(named);
}

/** Without trailing slashes, so that parts can be appended. */
export function withoutSlash(url: string): string {
  return url.replace(/\/+$/u, '');
}

/** Entries in apt's own order: sources.list, then the files of sources.list.d by name. */
async function readAptSources(ctx: Context, aptFolder: string): Promise<readonly AptSource[]> {
  const folder = join(aptFolder, 'sources.list.d');
  const entries = (await ctx.fs.exists(folder)) ? await ctx.fs.readDirectory(folder) : [];
  const files = [join(aptFolder, 'sources.list'), ...entries.map(({ name }) => join(folder, name))];
  return (await Promise.all(files.map((file) => readAptFile(ctx, file)))).flat();
}

/** apt's files are only a hint here: one that cannot be read says nothing. */
async function readAptFile(ctx: Context, file: string): Promise<readonly AptSource[]> {
  try {
    if (file.endsWith('.list')) return parseSourcesList(await ctx.fs.readText(file));
    if (file.endsWith('.sources')) return parseSourcesDeb822(await ctx.fs.readText(file), file);
  } catch {
    return [];
  }
  return [];
}

/**
 * Whether an entry is Debian's own archive and not one made for Debian: a plain suite of Debian with `main`, no other
 * party's key, and the usual last part of the path. A mirror with another path counts when it names Debian's keyring.
 */
function isDebianArchive(source: AptSource): boolean {
  const { uri, suites, components, signedBy } = source;
  if (!/^https?:\/\//u.test(uri) || !suites.some((suite) => isDebianSuite(suite)) || !components.includes('main')) {
    return false;
  }
  const byDebian = signedBy?.includes('debian-archive-') ?? false;
  if (signedBy !== undefined && !byDebian) return false;
  // A dated archive is a state, not a mirror; Raspberry Pi's has Debian's path, suites and components.
  if (/\/archive\/debian\/\d/u.test(uri) || /^https?:\/\/archive\.raspberrypi\./u.test(uri)) return false;
  return byDebian || /\/debian\/*$/u.test(uri);
}
