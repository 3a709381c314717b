import { join } from 'node:path';
import type { Context } from '../io/context.ts';
import { removeLeftovers, scratchPrefix } from '../io/leftovers.ts';
import type { OutputFormat } from '../spec/outputs.ts';
import type { BlobRef } from '../values/blob.ts';
import type { Artifact } from './artifact.ts';
import { compressStream } from './compressed.ts';
import type { EmitInput, EmitTarget } from './emit-input.ts';
import { measure } from './measure.ts';
import { outputFileName } from './oci-names.ts';
import type { Output } from './output.ts';
import { openwrtSquashfs, squashfsFile } from './squashfs.ts';
import { treeToTar } from './tar.ts';

const mediaType = 'application/vnd.squashfs';
/** Goes up with everything that changes the image of the same tree. */
const kind = 'squashfs-1';

/** The root file system as a squashfs image, with xz, the compression that OpenWrt's kernels know, unless another is asked for. */
export const squashfs: Output = output('squashfs', mediaType);
export const squashfsGz: Output = output('squashfs.gz', 'application/gzip');

function output(format: OutputFormat & ('squashfs' | 'squashfs.gz'), type: string): Output {
  return {
    extension: format,
    mediaType: type,
    perTarget: true,
    async emit(ctx, input) {
      const artifacts: Artifact[] = [];
      for (const target of input.targets) {
        const image = await squashfsImage(ctx, input, target);
        const open = (): AsyncIterable<Uint8Array> => input.blobs.open(image);
        const { name, fileLabel } = target.target;
        const blob = format === 'squashfs' ? image : (await compressStream(ctx, input, open, format, name)).blob;
        artifacts.push({
          ...blob,
          format,
          fileName: outputFileName(input.settings.name, fileLabel, format),
          targets: [name],
          mediaType: type,
          rawBytes: image.sizeBytes,
          layers: [],
          write: (io, path) => io.fs.writeAtomic(path, input.blobs.open(blob)),
        });
      }
      return artifacts;
    },
  };
}

/** The image in the store, remembered by the digest of the tar that it is made from. */
export async function squashfsImage(
  ctx: Context,
  { settings, blobs, cache }: Pick<EmitInput, 'settings' | 'blobs' | 'cache'>,
  { tree, createdSeconds }: EmitTarget,
): Promise<BlobRef> {
  const options = { ...openwrtSquashfs, ...settings.squashfs, mtimeSeconds: createdSeconds };
  const { digest } = await measure(treeToTar(tree, blobs));
  const version = await toolVersion(ctx);
  const key = [digest, options.blockBytes, options.compression ?? 'xz', createdSeconds, version].join('/');
  const known = await cache.recall(kind, key);
  if (known !== undefined) {
    const blob = JSON.parse(Buffer.from(known).toString()) as BlobRef;
    if (await blobs.has(blob.digest)) return blob;
  }
  const blob = await inScratch(ctx, async (scratch) =>
    blobs.putStream(ctx.fs.readStream(await squashfsFile(ctx, tree, blobs, scratch, options))),
  );
  await cache.remember(kind, key, Buffer.from(JSON.stringify(blob)));
  return blob;
}

/** Another version may give other bytes. */
async function toolVersion(ctx: Context): Promise<string> {
  const { stdout } = await ctx.tools.run('sqfstar', ['-version']);
  return /version (\S+)/u.exec(Buffer.from(stdout).toString('latin1'))?.[1] ?? 'unknown';
}

async function inScratch<T>(ctx: Context, work: (folder: string) => Promise<T>): Promise<T> {
  await removeLeftovers(ctx, ctx.host.tempFolder);
  const folder = await ctx.fs.makeTempDirectory(join(ctx.host.tempFolder, scratchPrefix()));
  try {
    return await work(folder);
  } finally {
    await ctx.fs.remove(folder);
  }
}
