import { join } from 'node:path';
import { writeTar, type TarWriteEntry } from '../../codec/tar/write-tar.ts';
import type { Context } from '../../io/context.ts';
import type { BlobSource } from '../../values/blob.ts';
import type { ApkoImage, JsonDocument } from './image.ts';

interface BuiltIndex {
  readonly index: JsonDocument;
  readonly images: readonly ApkoImage[];
  readonly blobs: BlobSource;
}

/** The image as an OCI layout in an existing folder; blobs that are there stay, `index.json` is written last. */
export async function writeLayout(ctx: Context, folder: string, { index, images, blobs }: BuiltIndex): Promise<void> {
  const place = join(folder, 'blobs', 'sha256');
  await ctx.fs.makeDirectory(place);
  const put = async (digest: string, chunks: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> => {
    await ctx.fs.writeAtomic(join(place, digest.slice('sha256:'.length)), chunks);
  };
  for (const { layers, config, manifest } of images) {
    for (const layer of layers) await put(layer.digest, blobs.open(layer));
    await put(config.digest, config.bytes);
    await put(manifest.digest, manifest.bytes);
  }
  await ctx.fs.writeAtomic(join(folder, 'oci-layout'), '{\n    "imageLayoutVersion": "1.0.0"\n}');
  await ctx.fs.writeAtomic(join(folder, 'index.json'), index.bytes);
}

/**
 * The image as an archive for `docker load`, with the names that apko gives (go-containerregistry `tarball`): every
 * architecture under `TAG-ARCH`, and behind that the manifests and the index.
 */
export async function writeArchive(
  ctx: Context,
  path: string,
  labels: ArchiveLabels,
  built: BuiltIndex,
): Promise<void> {
  await ctx.fs.writeAtomic(path, writeTar(archiveEntries(labels, built)));
}

/** What an image of an archive is called when it is loaded. */
export type ArchiveLabels = (image: ApkoImage) => readonly string[];

/** `index.docker.io/library/hello:1-amd64` */
export function archiveLabels(tag: string, images: readonly ApkoImage[]): ArchiveLabels {
  return ({ architecture: { oci } }) => [`${qualified(tag)}-${architectureLabel(oci, images)}`];
}

function* archiveEntries(labels: ArchiveLabels, { index, images, blobs }: BuiltIndex): Generator<TarWriteEntry> {
  const common = { type: 'file', uid: 0, gid: 0, mtimeSeconds: 0 } as const;
  const document = (name: string, bytes: Uint8Array): TarWriteEntry => {
    return { ...common, path: name, mode: 0o644, sizeBytes: bytes.length, body: bytes };
  };
  const written = new Set<string>();
  const entries: object[] = [];
  for (const image of images) {
    const { config, layers } = image;
    yield document(config.digest, config.bytes);
    const names = layers.map(({ digest }) => `${digest.slice('sha256:'.length)}.tar.gz`);
    for (const [i, layer] of layers.entries()) {
      const name = names[i] ?? '';
      if (written.has(name)) continue;
      written.add(name);
      yield { ...common, path: name, mode: 0o644, sizeBytes: layer.sizeBytes, body: lazily(layer, blobs) };
    }
    entries.push({
      Config: config.digest,
      RepoTags: labels(image),
      Layers: names,
    });
  }
  yield document('manifest.json', Buffer.from(JSON.stringify(entries)));
  for (const { manifest } of images) yield document(manifest.digest, manifest.bytes);
  yield document('index.json', index.bytes);
}

/** apko's label is the architecture alone; two variants of one are told apart. */
function architectureLabel(oci: ApkoImage['architecture']['oci'], images: readonly ApkoImage[]): string {
  const same = images.filter(({ architecture }) => architecture.oci.architecture === oci.architecture);
  return same.length > 1 && oci.variant !== undefined ? `${oci.architecture}_${oci.variant}` : oci.architecture;
}

/** `hello` to `index.docker.io/library/hello:latest`. */
function qualified(tag: string): string {
  const slash = tag.lastIndexOf('/');
  const withTag = tag.slice(slash + 1).includes(':') ? tag : `${tag}:latest`;
  const [first = '', ...rest] = withTag.split('/');
  if (rest.length === 0) return `index.docker.io/library/${withTag}`;
  return /[.:]/u.test(first) || first === 'localhost' ? withTag : `index.docker.io/${withTag}`;
}

async function* lazily(layer: ApkoImage['layers'][number], blobs: BlobSource): AsyncGenerator<Uint8Array> {
  yield* blobs.open(layer);
}
