import { join } from 'node:path';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import type { SquashfsCompression } from '../spec/squashfs-settings.ts';
import type { Tree } from '../tree/node.ts';
import type { BlobSource } from '../values/blob.ts';
import { treeToTar } from './tar.ts';

export interface SquashfsOptions {
  /** Bytes of one block: OpenWrt takes 256 KiB. Larger ones are smaller on flash and cost memory. */
  readonly blockBytes: number;
  /** Default: xz. */
  readonly compression?: SquashfsCompression | undefined;
  /** Seconds since 1970 of the file system itself. */
  readonly mtimeSeconds: number;
}

/** OpenWrt's block size (include/image.mk). */
export const openwrtSquashfs: Pick<SquashfsOptions, 'blockBytes'> = { blockBytes: 256 * 1024 };

/** Name spaces of extended attributes that squashfs has a number for (fs/squashfs/squashfs_fs.h). */
const nameSpaces = /^(?:user|trusted|security)\./u;

/** Arguments of sqfstar (squashfs-tools). OpenWrt's kernels read xz and nothing else; times are those of the tar. */
function squashfsArgs(
  file: string,
  { blockBytes, compression = 'xz' }: SquashfsOptions,
  hasXattrs: boolean,
): readonly string[] {
  const xattrs = hasXattrs ? '-xattrs' : '-no-xattrs';
  const settings = `-comp ${compression} -b ${String(blockBytes)} ${xattrs} -quiet -no-progress -processors 1`;
  return [...`${settings} -root-mode 755 -root-uid 0 -root-gid 0`.split(' '), file];
}

/**
 * A tree as a squashfs image, made by `sqfstar` from our tar, without root. The same tree gives the same bytes. Extended
 * attributes are kept.
 *
 * @param scratch folder for the image while it is made
 * @returns path of the image, in `scratch`
 * @throws KilopyError KP1003 where squashfs-tools are not installed, KP2317 when they fail, KP8021 for attributes that
 *   squashfs cannot keep
 */
export async function squashfsFile(
  ctx: Context,
  tree: Tree,
  blobs: BlobSource,
  scratch: string,
  options: SquashfsOptions,
): Promise<string> {
  const file = join(scratch, 'root.squashfs');
  const hasXattrs = checkXattrs(tree);
  try {
    // -root-time has no effect in squashfs-tools 4.5; what is later than this becomes this, the root among it.
    const env = { SOURCE_DATE_EPOCH: String(options.mtimeSeconds) };
    const tar = treeToTar(tree, blobs);
    for await (const part of ctx.tools.pipe('sqfstar', squashfsArgs(file, options, hasXattrs), tar, { env })) void part;
    return file;
  } catch (error) {
    if (error instanceof KilopyError) throw error;
    throw new KilopyError('KP2317', 'sqfstar could not make the squashfs image', {
      why: error instanceof Error ? error.message : undefined,
      cause: error,
    });
  }
}

/** The same as bytes, for images of a few megabytes. */
export async function treeToSquashfs(
  ctx: Context,
  tree: Tree,
  blobs: BlobSource,
  scratch: string,
  options: SquashfsOptions,
): Promise<Uint8Array> {
  return ctx.fs.readFile(await squashfsFile(ctx, tree, blobs, scratch, options));
}

/** Whether there are any. */
function checkXattrs(tree: Tree): boolean {
  let found = false;
  for (const { path, xattrs } of tree.values()) {
    for (const name of xattrs?.keys() ?? []) {
      found = true;
      if (nameSpaces.test(name)) continue;
      throw new KilopyError('KP8021', `squashfs cannot keep the extended attribute ${name} of /${path}`, {
        where: path,
        data: { path, name },
      });
    }
  }
  return found;
}
