import { basename, join, resolve } from 'node:path';
import { alpineKeys } from '../../crypto/keys/alpine.ts';
import { wolfiKeys } from '../../crypto/keys/wolfi.ts';
import { knownKeys } from '../../crypto/known-keys.ts';
import { readPublicKey, type FeedKey } from '../../crypto/public-keys.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';

/** Whose keys kilopy carries. */
export type KeyOwner = 'alpine' | 'wolfi';

export interface KeySources {
  /** Files with public keys in PEM, or folders with such files. */
  readonly keys?: readonly string[] | undefined;
  readonly owners: readonly KeyOwner[];
}

/** The keys that may sign an index. Throws KP5250 for a file that is no key, KP5075 for one that cannot be read. */
export async function trustedKeys(
  ctx: Context,
  { keys = [], owners }: KeySources,
  architecture: string,
): Promise<readonly FeedKey[]> {
  const own = await Promise.all(keys.map((place) => readPlace(ctx, resolve(ctx.cwd, place))));
  return [
    ...own.flat(),
    ...(owners.includes('alpine') ? knownKeys(alpineKeys, architecture) : []),
    ...(owners.includes('wolfi') ? knownKeys(wolfiKeys, architecture) : []),
  ];
}

async function readPlace(ctx: Context, path: string): Promise<readonly FeedKey[]> {
  try {
    if (!(await ctx.fs.stat(path)).isDirectory()) return [readPublicKey(await ctx.fs.readFile(path), basename(path))];
    // As in /etc/apk/keys; beside them may lie private keys, which end in .rsa.
    const names = (await ctx.fs.readDirectory(path))
      .map(({ name }) => name)
      .filter((name) => /\.(?:pub|pem)$/u.test(name));
    return await Promise.all(
      names.sort().map(async (name) => readPublicKey(await ctx.fs.readFile(join(path, name)), name)),
    );
  } catch (error) {
    if (error instanceof KilopyError) throw error;
    throw new KilopyError('KP5075', `The key ${path} cannot be read`, {
      where: path,
      why: error instanceof Error ? error.message : undefined,
      fix: 'name a file with a public key in PEM, or a folder with such files',
      cause: error,
    });
  }
}
