import { basename, resolve } from 'node:path';
import { readPublicKey, type FeedKey } from '../crypto/public-keys.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';

/** The bytes of a key that the user names. Throws KP5250 when there is no such file. */
export async function readKeyFile(ctx: Context, file: string): Promise<Uint8Array> {
  return await ctx.fs.readFile(resolve(ctx.cwd, file)).catch((cause: unknown) => {
    throw new KilopyError('KP5250', `no key ${file}`, { where: file, cause });
  });
}

/** Public keys that the user names, called as their files are. Throws KP5250. */
export async function readKeys(ctx: Context, files: readonly string[]): Promise<readonly FeedKey[]> {
  return await Promise.all(files.map(async (file) => readPublicKey(await readKeyFile(ctx, file), basename(file))));
}
