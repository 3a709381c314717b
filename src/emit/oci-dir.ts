import type { Artifact } from './artifact.ts';
import { imageFacts } from './image-facts.ts';
import { fillLayout } from './layout-archive.ts';
import { layoutFiles } from './oci-layout.ts';
import { outputFileName } from './oci-names.ts';
import type { Output } from './output.ts';
import { replaceFolder } from './replace-folder.ts';

const extension = 'oci';
const mediaType = 'application/vnd.oci.image.layout.v1';

/** The image as an OCI image layout in a folder. */
export const ociDir: Output = {
  extension,
  mediaType,
  perTarget: false,
  async emit(_ctx, input, image) {
    const built = await image();
    const files = layoutFiles(built, input.settings, input.blobs);
    const [only, ...more] = input.targets;
    const label = more.length === 0 ? only?.target.fileLabel : undefined;
    const artifact: Artifact = {
      format: 'oci-dir',
      fileName: outputFileName(input.settings.name, label, extension),
      mediaType,
      digest: (label === undefined ? built.index : (built.manifests[0]?.descriptor ?? built.index)).digest,
      sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
      ...imageFacts(input, built),
      write: (ctx, path) => replaceFolder(ctx, path, (folder) => fillLayout(ctx, folder, files)),
    };
    return [artifact];
  },
};
