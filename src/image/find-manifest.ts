import { sha256 } from '../crypto/digest.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Digest } from '../values/digest.ts';
import type { OciPlatform } from '../values/oci-image.ts';
import {
  dockerManifest,
  imageConfig,
  imageIndex,
  imageManifest,
  parseDocument,
  type Descriptor,
  type DockerManifest,
  type ImageIndex,
  type ImageManifest,
} from './image-documents.ts';
import type { ImageFiles } from './image-files.ts';
import { readSmall } from './read-small.ts';

type Platform = Pick<OciPlatform, 'architecture' | 'variant'>;

/** Where a part of an image lies, and what it has to be. */
export interface LayerSource {
  readonly name: string;
  readonly digest: Digest | undefined;
}

export interface FoundManifest {
  readonly config: LayerSource;
  readonly layers: readonly LayerSource[];
}

/** Deeper nesting of indexes than this is a circle or a joke. */
const maxDepth = 4;

export const indexTypes: RegExp =
  /^application\/vnd\.(?:oci\.image\.index\.v1|docker\.distribution\.manifest\.list\.v2)\+json$/u;
export const manifestTypes: RegExp =
  /^application\/vnd\.(?:oci\.image\.manifest\.v1|docker\.distribution\.manifest\.v2)\+json$/u;

export interface WantedImage {
  /** Which one of an index. */
  readonly platform?: Platform;
  /** Which one of a Docker archive with several: one of its `RepoTags`. */
  readonly tag?: string;
}

/** The one image that is asked for. Prefers the OCI index; archives of Docker 25 may have an empty one. Throws KP7401, KP7402. */
export async function findManifest(files: ImageFiles, wanted: WantedImage): Promise<FoundManifest> {
  const index = await readImageIndex(files);
  return index === undefined ? fromDocker(files, wanted) : fromIndex(files, index, wanted, 0);
}

/** The index of an OCI layout; undefined when the Docker manifest has to be read instead. Throws KP7401 when there is neither. */
export async function readImageIndex(files: ImageFiles): Promise<ImageIndex | undefined> {
  const hasDocker = await files.has('manifest.json');
  if (await files.has('index.json')) {
    const index = parseDocument(imageIndex, await readSmall(files, 'index.json'), 'index.json', files.source);
    const [first] = index.manifests ?? [];
    // Archives of apko have an index beside their Docker manifest, and no blobs where an OCI layout has them.
    const isLayout = first !== undefined && (await files.has(blobName(first.digest)));
    if (isLayout || !hasDocker) return index;
  }
  if (hasDocker) return undefined;
  throw new KilopyError('KP7401', `${files.source} is no image`, {
    where: files.source,
    why: 'it has neither index.json nor manifest.json',
  });
}

export interface IndexedManifest {
  readonly descriptor: Descriptor & { readonly name: string | undefined };
  readonly manifest: FoundManifest;
}

/** Every image below an index, nested ones too, in order. A name (`org.opencontainers.image.ref.name`) covers what is below it. */
export async function findInIndex(files: ImageFiles, index: ImageIndex, depth: number = 0): Promise<IndexedManifest[]> {
  const found: IndexedManifest[] = [];
  for (const entry of await presentEntries(files, index, depth)) {
    const name = entry.annotations?.['org.opencontainers.image.ref.name'];
    // Attestations of BuildKit are manifests for a platform that does not exist.
    if (entry.platform?.architecture === 'unknown') continue;
    if (indexTypes.test(entry.mediaType) && depth < maxDepth) {
      const bytes = await readBlob(files, entry);
      const nested = parseDocument(imageIndex, bytes, entry.digest, files.source);
      const below = await findInIndex(files, nested, depth + 1);
      found.push(
        ...below.map((one) => ({ ...one, descriptor: { ...one.descriptor, name: one.descriptor.name ?? name } })),
      );
    } else if (manifestTypes.test(entry.mediaType)) {
      const manifest = parseDocument(imageManifest, await readBlob(files, entry), entry.digest, files.source);
      found.push({ descriptor: { ...entry, name }, manifest: manifestParts(manifest) });
    }
  }
  return found;
}

/** `docker save` of a store of containerd keeps the whole index of an image beside the one platform that was pulled. */
async function presentEntries(files: ImageFiles, index: ImageIndex, depth: number): Promise<readonly Descriptor[]> {
  const entries = index.manifests ?? [];
  if (depth === 0) return entries;
  const there: Descriptor[] = [];
  for (const entry of entries) if (await files.has(blobName(entry.digest))) there.push(entry);
  return there.length === 0 ? entries : there;
}

/** The images of `docker save`. Throws KP7401. */
export async function readDockerManifest(files: ImageFiles): Promise<DockerManifest> {
  const name = 'manifest.json';
  return parseDocument(dockerManifest, await readSmall(files, name), name, files.source);
}

export function fromDockerEntry(image: DockerManifest[number]): FoundManifest {
  const layers = (image.Layers ?? []).map((layer) => ({ name: layer, digest: undefined }));
  return { config: { name: image.Config, digest: undefined }, layers };
}

async function fromIndex(
  files: ImageFiles,
  index: ImageIndex,
  wanted: WantedImage,
  depth: number,
): Promise<FoundManifest> {
  const { platform } = wanted;
  const images = (index.manifests ?? []).filter(
    (entry) => indexTypes.test(entry.mediaType) || manifestTypes.test(entry.mediaType),
  );
  const chosen =
    images.length === 1 && platform === undefined ? images : images.filter((entry) => fitsPlatform(entry, platform));
  const [first] = chosen;
  if (first === undefined || depth > maxDepth || (chosen.length > 1 && platform === undefined))
    throw noImage(files, wanted, images.map(platformText));
  const bytes = await readBlob(files, first);
  if (indexTypes.test(first.mediaType))
    return fromIndex(files, parseDocument(imageIndex, bytes, first.digest, files.source), wanted, depth + 1);
  return manifestParts(parseDocument(imageManifest, bytes, first.digest, files.source));
}

async function fromDocker(files: ImageFiles, wanted: WantedImage): Promise<FoundManifest> {
  const images = await readDockerManifest(files);
  const { tag, platform } = wanted;
  const tagged = images.filter((image) => tag === undefined || (image.RepoTags ?? []).includes(tag));
  const others: string[] = [];
  const fitting = platform === undefined ? tagged : await onPlatform(files, tagged, platform, others);
  const [image] = fitting;
  if (image !== undefined && fitting.length === 1) return fromDockerEntry(image);
  const isOther = image === undefined && others.length > 0;
  throw noImage(
    files,
    wanted,
    isOther ? others : images.map(({ RepoTags }) => RepoTags?.join(', ') ?? 'an image without a tag'),
  );
}

/** Those for a platform; of the rest, which one they are for goes to `others`. */
async function onPlatform(
  files: ImageFiles,
  images: DockerManifest,
  wanted: Platform,
  others: string[],
): Promise<DockerManifest> {
  const fitting: DockerManifest[number][] = [];
  for (const image of images) {
    const config = parseDocument(imageConfig, await readSmall(files, image.Config), image.Config, files.source);
    const { architecture = '', variant } = config;
    if (isPlatform({ architecture, variant }, wanted)) fitting.push(image);
    else others.push([architecture, variant].filter(Boolean).join('/'));
  }
  return fitting;
}

function fitsPlatform(entry: Descriptor, platform: Platform | undefined): boolean {
  // A nested index, or an image that does not say: what is inside decides.
  return platform === undefined || entry.platform === undefined || isPlatform(entry.platform, platform);
}

function isPlatform(has: { architecture: string; variant?: string | undefined }, wanted: Platform): boolean {
  return has.architecture === wanted.architecture && (wanted.variant === undefined || has.variant === wanted.variant);
}

async function readBlob(files: ImageFiles, descriptor: Descriptor): Promise<Uint8Array> {
  const bytes = await readSmall(files, blobName(descriptor.digest));
  const found = sha256(bytes);
  if (found === descriptor.digest) return bytes;
  throw new KilopyError('KP7404', `a manifest of ${files.source} is not what the index says`, {
    where: files.source,
    why: `its digest is ${found} instead of ${descriptor.digest}`,
    data: { expected: descriptor.digest, found },
  });
}

function manifestParts(manifest: ImageManifest): FoundManifest {
  return { config: partOf(manifest.config), layers: manifest.layers.map(partOf) };
}

function partOf(descriptor: Descriptor): LayerSource {
  return { name: blobName(descriptor.digest), digest: descriptor.digest };
}

/** image-spec, image-layout.md, "Blobs". */
function blobName(digest: Digest): string {
  return `blobs/${digest.replace(':', '/')}`;
}

function platformText(entry: Descriptor): string {
  return [entry.platform?.architecture, entry.platform?.variant].filter(Boolean).join('/') || 'an unnamed platform';
}

function noImage(files: ImageFiles, { platform, tag }: WantedImage, offered: readonly string[]): KilopyError {
  const asked = [tag, platform?.architecture, platform?.variant].filter(Boolean).join(' ') || 'nothing in particular';
  return new KilopyError('KP7402', `${files.source} has no single image for ${asked}`, {
    where: files.source,
    why: offered.length === 0 ? 'it holds no image' : `it holds ${offered.join(', ')}`,
    data: { offered },
  });
}
