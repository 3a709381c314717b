import { basename, dirname } from 'node:path';
import { fillLayout, layoutArchive } from '../../emit/layout-archive.ts';
import { blobPath, layoutMark, memoryFile, type LayoutFile } from '../../emit/oci-layout.ts';
import { ociMediaTypes } from '../../emit/oci-media-types.ts';
import { replaceFolder } from '../../emit/replace-folder.ts';
import type { Context } from '../../io/context.ts';
import { mapParallel } from '../../io/parallel.ts';
import type { ImageGraph } from '../../values/image-graph.ts';
import type { ImagePlace } from './image-place.ts';
import type { SourceImage } from './source-image.ts';

/** What a written image is called in its index. */
export interface WrittenName {
  /** `docker.io/library/hello:latest` */
  readonly full: string;
  /** `hello:latest`, for docker load. */
  readonly familiar: string;
  readonly tag: string;
}

/**
 * Writes an image as an OCI layout: a folder, or an archive that `docker load` takes, too. Whole or not at all. All
 * documents stay byte for byte what they were, so that its digest does.
 *
 * @returns bytes of its files
 */
export async function writePlace(
  ctx: Context,
  { path, form }: Extract<ImagePlace, { kind: 'path' }>,
  image: SourceImage,
  name: WrittenName,
): Promise<number> {
  const wanted = [
    ...new Map(image.graph.documents.flatMap(({ blobs }) => blobs).map((blob) => [blob.digest, blob])).values(),
  ];
  // Fetched side by side; what follows reads them one by one.
  await mapParallel(wanted, 6, async (blob) => {
    for await (const chunk of image.blobs.open(blob)) void chunk;
  });
  const files = layoutFilesOf(image, name);
  await ctx.fs.makeDirectory(dirname(path));
  ctx.emit({ type: 'step.started', step: 'write', title: `writing ${basename(path)}` });
  if (form === 'folder') await replaceFolder(ctx, path, (folder) => fillLayout(ctx, folder, files));
  else await ctx.fs.writeAtomic(path, layoutArchive([...files, dockerList(image.graph, name)], 0));
  ctx.emit({ type: 'step.finished', step: 'write' });
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function layoutFilesOf({ graph: { documents, root }, blobs }: SourceImage, name: WrittenName): LayoutFile[] {
  const entry = {
    mediaType: root.mediaType,
    digest: root.digest,
    size: root.sizeBytes,
    annotations: { 'io.containerd.image.name': name.full, 'org.opencontainers.image.ref.name': name.tag },
  };
  const index = { schemaVersion: 2, mediaType: ociMediaTypes.index, manifests: [entry] };
  const files = new Map<string, LayoutFile>();
  for (const { descriptor, bytes, blobs: below } of documents) {
    files.set(descriptor.digest, memoryFile(blobPath(descriptor.digest), bytes));
    for (const blob of below) {
      files.set(blob.digest, { path: blobPath(blob.digest), sizeBytes: blob.sizeBytes, open: () => blobs.open(blob) });
    }
  }
  const all = [...files.values(), memoryFile('index.json', Buffer.from(JSON.stringify(index))), layoutMark()];
  return all.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** `manifest.json` of a docker archive: the first image. */
function dockerList({ documents }: ImageGraph, name: WrittenName): LayoutFile {
  const first = documents.find(({ children, blobs }) => children.length === 0 && blobs.length > 0);
  const [config, ...layers] = first?.blobs ?? [];
  const list =
    config === undefined
      ? []
      : [
          {
            Config: blobPath(config.digest),
            RepoTags: [name.familiar],
            Layers: layers.map(({ digest }) => blobPath(digest)),
          },
        ];
  return memoryFile('manifest.json', Buffer.from(JSON.stringify(list)));
}
