import type { Artifact } from './artifact.ts';
import { measure } from './measure.ts';
import { outputFileName } from './oci-names.ts';
import type { Output } from './output.ts';
import { treeToTar } from './tar.ts';

const extension = 'tar';
const mediaType = 'application/x-tar';

/** The root file system as one uncompressed tar archive per target. */
export const tarFile: Output = {
  extension,
  mediaType,
  perTarget: true,
  async emit(_ctx, { settings, targets, blobs }) {
    const artifacts: Artifact[] = [];
    for (const { target, tree } of targets) {
      const open = (): AsyncIterable<Uint8Array> => treeToTar(tree, blobs);
      const { digest, sizeBytes } = await measure(open());
      artifacts.push({
        format: 'tar',
        fileName: outputFileName(settings.name, target.fileLabel, extension),
        targets: [target.name],
        mediaType,
        digest,
        sizeBytes,
        rawBytes: sizeBytes,
        layers: [],
        write: (ctx, path) => ctx.fs.writeAtomic(path, open()),
      });
    }
    return artifacts;
  },
};
