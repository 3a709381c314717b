import { join } from 'node:path';
import type { Context } from '../../io/context.ts';

export interface KeyFiles {
  readonly usign: string | undefined;
  readonly ec: string | undefined;
}

/**
 * The secret keys of the folder that KILOPY_OPENWRT_KEYS names: `key-build` (usign), and the EC key as private-key.pem, as
 * OpenWrt's SDK has them, or private-key.ec, as `kilopy feed key private-key --type ec` makes it. Undefined where it is not set.
 */
export async function readKeyFiles(ctx: Context): Promise<KeyFiles | undefined> {
  const folder = ctx.env.KILOPY_OPENWRT_KEYS;
  if (folder === undefined || folder === '') return undefined;
  const read = async (name: string): Promise<string | undefined> => {
    const path = join(folder, name);
    return (await ctx.fs.exists(path)) ? await ctx.fs.readText(path) : undefined;
  };
  return { usign: await read('key-build'), ec: (await read('private-key.pem')) ?? (await read('private-key.ec')) };
}
