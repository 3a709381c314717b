import { type TarWriteEntry, writeTar } from '../codec/tar/write-tar.ts';
import type { Artifact } from './artifact.ts';
import { imageFacts } from './image-facts.ts';
import { measure } from './measure.ts';
import { dockerManifest, type LayoutFile, layoutFiles } from './oci-layout.ts';
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
    const open = (): AsyncIterable<Uint8Array> => writeTar(archiveEntries(files, created));
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

function archiveEntries(files: readonly LayoutFile[], mtimeSeconds: number): TarWriteEntry[] {
  const common = { uid: 0, gid: 0, mtimeSeconds };
  const folders = ['blobs', 'blobs/sha256'].map((path): TarWriteEntry => ({
    ...common,
    type: 'directory',
    path,
    mode: 0o755,
  }));
  const entries = files.map((file): TarWriteEntry => {
    const { path, sizeBytes } = file;
    return { ...common, type: 'file', path, mode: 0o644, sizeBytes, body: lazily(file) };
  });
  return [...folders, ...entries].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Opened only when the writer comes to it. */
async function* lazily(file: LayoutFile): AsyncGenerator<Uint8Array> {
  yield* file.open();
}
