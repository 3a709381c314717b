import { join } from 'node:path';
import type { Context } from '../io/context.ts';
import type { Tree } from '../tree/node.ts';
import type { ContentSink } from './content-sink.ts';
import { ImageBytes } from './image-bytes.ts';
import type { FileSystemKind, ImageFileKind } from './image-file-kind.ts';
import { plainChunks } from './plain-chunks.ts';

export interface FileSystemSettings {
  readonly blobs: ContentSink;
  /** Name of the image in origins and messages. */
  readonly source: string;
  /** Folder that is removed afterwards: compressed images are unpacked in it, because they are read here and there. */
  readonly scratch: string;
}

/**
 * The image of a file system as a tree, as `readRootfsTar` gives it. Contents go from the file into the sink in pieces.
 *
 * @param kind as `imageFileKind` found it
 * @throws KilopyError KP4001, KP4003, KP4011 to KP4014, KP7001
 */
export async function readFileSystem(
  ctx: Context,
  path: string,
  kind: ImageFileKind & { readonly fileSystem: FileSystemKind },
  { blobs, source, scratch }: FileSystemSettings,
): Promise<Tree> {
  const settings = { blobs, source, limits: ctx.limits };
  if (kind.fileSystem === 'cpio') {
    const { readCpio } = await import('./read-cpio.ts');
    return readCpio(ctx, ctx.fs.readStream(path), settings);
  }
  const plain = kind.compression === 'none' ? path : join(scratch, 'image');
  if (plain !== path) await ctx.fs.writeSparse(plain, plainChunks(ctx, ctx.fs.readStream(path)));
  const file = await ctx.fs.open(plain);
  try {
    const image = new ImageBytes(file, source, kind.fileSystem);
    if (kind.fileSystem === 'ext4') {
      const { readExt4 } = await import('./ext4/read-ext4.ts');
      return await readExt4(image, settings);
    }
    const { readSquashfs } = await import('./squashfs/read-squashfs.ts');
    return await readSquashfs(image, settings);
  } finally {
    await file.close();
    if (plain !== path) await ctx.fs.remove(plain);
  }
}
