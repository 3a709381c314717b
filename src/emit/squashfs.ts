import { join } from 'node:path';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import type { Tree } from '../tree/node.ts';
import type { BlobSource } from '../values/blob.ts';
import { treeToTar } from './tar.ts';

export interface SquashfsOptions {
  /** Bytes of one block: OpenWrt takes 256 KiB. Larger ones are smaller on flash and cost memory. */
  readonly blockBytes: number;
  /** Seconds since 1970 of the file system itself. */
  readonly mtimeSeconds: number;
}

/** OpenWrt's block size (include/image.mk). */
export const openwrtSquashfs: Pick<SquashfsOptions, 'blockBytes'> = { blockBytes: 256 * 1024 };

/** Arguments of sqfstar (squashfs-tools). OpenWrt's kernels read xz and nothing else; times are those of the tar. */
export function squashfsArgs(file: string, { blockBytes }: SquashfsOptions): readonly string[] {
  const compression = `-comp xz -b ${String(blockBytes)} -no-xattrs -quiet -no-progress -processors 1`;
  return [...`${compression} -root-mode 755 -root-uid 0 -root-gid 0`.split(' '), file];
}

/**
 * A tree as a squashfs image, made by `sqfstar` from our tar, without root. The same tree gives the same bytes.
 *
 * @param scratch folder for the image while it is made
 * @throws KilopyError KP1003 where squashfs-tools are not installed, KP2317 when they fail
 */
export async function treeToSquashfs(
  ctx: Context,
  tree: Tree,
  blobs: BlobSource,
  scratch: string,
  options: SquashfsOptions,
): Promise<Uint8Array> {
  const file = join(scratch, 'root.squashfs');
  try {
    // -root-time has no effect in squashfs-tools 4.5; what is later than this becomes this, the root among it.
    const env = { SOURCE_DATE_EPOCH: String(options.mtimeSeconds) };
    const tar = treeToTar(tree, blobs);
    for await (const part of ctx.tools.pipe('sqfstar', squashfsArgs(file, options), tar, { env })) void part;
    return await ctx.fs.readFile(file);
  } catch (error) {
    if (error instanceof KilopyError) throw error;
    throw new KilopyError('KP2317', 'sqfstar could not make the squashfs image', {
      why: error instanceof Error ? error.message : undefined,
      cause: error,
    });
  }
}
