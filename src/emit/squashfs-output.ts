import { join } from 'node:path';
import type { Context } from '../io/context.ts';
import { removeLeftovers, scratchPrefix } from '../io/leftovers.ts';
import type { Artifact } from './artifact.ts';
import { digestOf } from './measure.ts';
import { outputFileName } from './oci-names.ts';
import type { Output } from './output.ts';
import { openwrtSquashfs, treeToSquashfs } from './squashfs.ts';

const mediaType = 'application/vnd.squashfs';

/** The root file system as a squashfs image with xz, the compression that OpenWrt's kernels know. */
export const squashfs: Output = {
  extension: 'squashfs',
  mediaType,
  perTarget: true,
  async emit(ctx, { settings, targets, blobs }) {
    const artifacts: Artifact[] = [];
    for (const { target, tree, createdSeconds } of targets) {
      const options = { ...openwrtSquashfs, mtimeSeconds: createdSeconds };
      const bytes = await inScratch(ctx, (scratch) => treeToSquashfs(ctx, tree, blobs, scratch, options));
      const fileName = outputFileName(settings.name, target.fileLabel, 'squashfs');
      artifacts.push({
        format: 'squashfs',
        fileName,
        targets: [target.name],
        mediaType,
        digest: digestOf(bytes),
        sizeBytes: bytes.length,
        rawBytes: bytes.length,
        layers: [],
        write: (io, path) => io.fs.writeAtomic(path, bytes),
      });
    }
    return artifacts;
  },
};

async function inScratch<T>(ctx: Context, work: (folder: string) => Promise<T>): Promise<T> {
  await removeLeftovers(ctx, ctx.host.tempFolder);
  const folder = await ctx.fs.makeTempDirectory(join(ctx.host.tempFolder, scratchPrefix()));
  try {
    return await work(folder);
  } finally {
    await ctx.fs.remove(folder);
  }
}
