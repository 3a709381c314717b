import { fileURLToPath } from 'node:url';
import { sha256 } from '../../crypto/digest.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { download } from '../../store/download.ts';
import type { Store } from '../../store/store.ts';
import type { BlobRef } from '../../values/blob.ts';
import type { PackageLocation } from '../feed.ts';

/** Where an .ipk is; lists of digests do not know sizes. */
export interface IpkPlace extends Omit<PackageLocation, 'sizeBytes'> {
  readonly sizeBytes: number | undefined;
}

/**
 * Brings an .ipk into the store, from a server or a folder of this machine, or finds it there.
 *
 * @throws KilopyError KP5108 for a file that is not what the index says, KP60xx for the network
 */
export async function fetchIpk(ctx: Context, store: Store, place: IpkPlace, label: string): Promise<BlobRef> {
  if (!place.url.startsWith('file:')) return await download(ctx, store, { ...place, label });
  const { sizeBytes } = place;
  if (sizeBytes !== undefined && (await store.has(place.digest))) return { digest: place.digest, sizeBytes };
  const path = fileURLToPath(place.url);
  const bytes = await readIpkFile(ctx, path, label);
  const found = sha256(bytes);
  if ((sizeBytes !== undefined && bytes.length !== sizeBytes) || found !== place.digest) {
    throw new KilopyError('KP5108', `${label} is not what its index says`, {
      where: path,
      why: `The index says ${String(sizeBytes ?? 'nothing of the')} bytes and ${place.digest}, the file has ${String(bytes.length)} and ${found}.`,
      data: { expected: place, found: { digest: found, sizeBytes: bytes.length } },
    });
  }
  return await store.put(bytes);
}

async function readIpkFile(ctx: Context, path: string, label: string): Promise<Uint8Array> {
  try {
    return await ctx.fs.readFile(path);
  } catch (error) {
    throw new KilopyError('KP5108', `${label} is in the index, but not in its folder`, { where: path, cause: error });
  }
}
