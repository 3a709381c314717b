import type { Artifact } from './artifact.ts';
import { imageFacts } from './image-facts.ts';
import { layoutArchive } from './layout-archive.ts';
import { measure } from './measure.ts';
import { dockerManifest, layoutFiles } from './oci-layout.ts';
import { outputFileName } from './oci-names.ts';
import type { Output } from './output.ts';

const extension = 'oci.tar';
const mediaType = 'application/vnd.oci.image.layout.v1.tar';

/**
 * One archive that docker, podman and skopeo all load: an OCI image layout that is a docker archive, too, because its
 * `manifest.json` points at the layout's blobs. It is not compressed: its layers are, and skopeo reads no gzip here.
 */
export const oci: Output = {
  extension,
  mediaType,
  perTarget: false,
  async emit(_ctx, input, image) {
    const built = await image();
    const files = [...layoutFiles(built, input.settings, input.blobs), dockerManifest(built, input.settings)];
    const created = Math.max(...input.targets.map(({ createdSeconds }) => createdSeconds));
    const open = (): AsyncIterable<Uint8Array> => layoutArchive(files, created);
    const { digest, sizeBytes } = await measure(open());
    const [only, ...more] = input.targets;
    const label = more.length === 0 ? only?.target.fileLabel : undefined;
    const artifact: Artifact = {
      format: 'oci',
      fileName: outputFileName(input.settings.name, label, extension),
      mediaType,
      digest,
      sizeBytes,
      ...imageFacts(input, built),
      write: (ctx, path) => ctx.fs.writeAtomic(path, open()),
    };
    return [artifact];
  },
};
