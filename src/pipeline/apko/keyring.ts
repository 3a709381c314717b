import { basename, resolve } from 'node:path';
import { readPublicKey, type FeedKey } from '../../crypto/public-keys.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { fetchDocument } from '../../store/fetch-index.ts';
import type { Store } from '../../store/store.ts';

/** A key of `contents.keyring`. */
export interface KeyringFile {
  /** As the configuration names it. */
  readonly place: string;
  /** Name in /etc/apk/keys. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly key: FeedKey;
}

/** Reads the keys: files of this machine, or URLs. Throws KP2105 (no such file), KP5250 (no key), KP60xx (network). */
export async function readKeyring(
  ctx: Context,
  store: Store,
  workdir: string,
  includePaths: readonly string[],
  places: readonly string[],
): Promise<readonly KeyringFile[]> {
  return await Promise.all(
    places.map(async (place) => {
      const name = basename(isUrl(place) ? new URL(place).pathname : place);
      const bytes = isUrl(place) ? (await fetchDocument(ctx, store, place)).bytes : await readLocal(place);
      return { place, name, bytes, key: readPublicKey(bytes, name) };
    }),
  );

  async function readLocal(place: string): Promise<Uint8Array> {
    for (const folder of [workdir, ...includePaths.map((path) => resolve(workdir, path))]) {
      const path = resolve(folder, place);
      if (await ctx.fs.exists(path)) return await ctx.fs.readFile(path);
    }
    throw new KilopyError('KP2105', `there is no key ${place}`, { where: 'contents.keyring' });
  }
}

export function isUrl(text: string): boolean {
  return /^https?:\/\//u.test(text);
}
