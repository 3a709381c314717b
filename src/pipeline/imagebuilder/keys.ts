import { join, resolve } from 'node:path';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';

/** Public keys by what they verify: usign's signatures of opkg's indexes and of sha256sums, EC and RSA those of apk's. */
export interface KeysByKind {
  readonly usign: readonly string[];
  readonly pem: readonly string[];
}

/**
 * Files with public keys, in files and folders that a person names; in a folder other files are passed over. Throws KP5106
 * for what cannot be read.
 */
export async function keysByKind(ctx: Context, places: readonly string[]): Promise<KeysByKind> {
  const found: { usign: string[]; pem: string[] } = { usign: [], pem: [] };
  for (const place of places) {
    const path = resolve(ctx.cwd, place);
    for (const file of await filesOf(ctx, path)) {
      const text = await ctx.fs.readText(file);
      // OpenWrt writes usign's comment in front of its EC keys too.
      if (/^-----BEGIN PUBLIC KEY-----/mu.test(text)) found.pem.push(file);
      else if (file === path || text.startsWith('untrusted comment:')) found.usign.push(file);
    }
  }
  return found;
}

async function filesOf(ctx: Context, path: string): Promise<readonly string[]> {
  try {
    if (!(await ctx.fs.stat(path)).isDirectory()) return [path];
    const names = (await ctx.fs.readDirectory(path)).filter((entry) => entry.isFile()).map(({ name }) => name);
    return names.sort().map((name) => join(path, name));
  } catch (error) {
    throw new KilopyError('KP5106', `The key ${path} cannot be read`, {
      where: path,
      why: error instanceof Error ? error.message : undefined,
      fix: 'name a public key, or a folder with such files',
      cause: error,
    });
  }
}
