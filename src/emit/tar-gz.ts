import type { Artifact } from './artifact.ts';
import { compressStream } from './compressed.ts';
import { outputFileName } from './oci-names.ts';
import type { Output } from './output.ts';
import { treeToTar } from './tar.ts';

const extension = 'tar.gz';
const mediaType = 'application/gzip';

/** The root file system as one gzip-compressed tar archive per target. */
export const tarGz: Output = {
  extension,
  mediaType,
  perTarget: true,
  async emit(ctx, input) {
    const artifacts: Artifact[] = [];
    for (const { target, tree } of input.targets) {
      const open = (): AsyncIterable<Uint8Array> => treeToTar(tree, input.blobs);
      const { blob, raw } = await compressStream(ctx, input, open, 'root file system', target.name);
      artifacts.push({
        ...blob,
        format: 'tar.gz',
        fileName: outputFileName(input.settings.name, target.fileLabel, extension),
        targets: [target.name],
        mediaType,
        rawBytes: raw.sizeBytes,
        layers: [],
        write: (io, path) => io.fs.writeAtomic(path, input.blobs.open(blob)),
      });
    }
    return artifacts;
  },
};
