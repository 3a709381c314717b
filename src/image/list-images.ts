import type { Digest } from '../values/digest.ts';
import {
  findInIndex,
  fromDockerEntry,
  readDockerManifest,
  readImageIndex,
  type FoundManifest,
} from './find-manifest.ts';
import type { ImageFiles } from './image-files.ts';

/** One image of an archive or layout. */
export interface ListedImage {
  /** What a person calls it: its tags, else its platform. */
  readonly name: string;
  readonly tags: readonly string[];
  /** `linux/arm/v7`, where the index says so. */
  readonly platform: string | undefined;
  /** Of its manifest; Docker archives have none. */
  readonly digest: Digest | undefined;
  readonly manifest: FoundManifest;
}

/** Which of several images; without a word, all. */
export interface ImageChoice {
  readonly platform?: string | undefined;
  readonly tag?: string | undefined;
}

/**
 * Every image of an OCI layout or archive, or of a Docker archive, in the order of its index. Where an archive is both,
 * the index counts. Attestations and other things that are no image are passed over. Throws KP7401, KP7404.
 */
export async function listImages(files: ImageFiles): Promise<readonly ListedImage[]> {
  const index = await readImageIndex(files);
  if (index !== undefined) {
    const tags = await dockerTags(files);
    return (await findInIndex(files, index)).map(({ descriptor, manifest }) => {
      const { os, architecture, variant } = descriptor.platform ?? {};
      const platform = architecture === undefined ? undefined : [os, architecture, variant].filter(Boolean).join('/');
      const known = tags.get(manifest.config.digest ?? '') ?? [];
      const named = known.length > 0 || descriptor.name === undefined ? known : [descriptor.name];
      return listed(named, platform, descriptor.digest, manifest);
    });
  }
  const images = await readDockerManifest(files);
  return images.map((image) => listed(image.RepoTags ?? [], undefined, undefined, fromDockerEntry(image)));
}

function listed(
  tags: readonly string[],
  platform: string | undefined,
  digest: Digest | undefined,
  manifest: FoundManifest,
): ListedImage {
  const name = tags.length > 0 ? tags.join(', ') : (platform ?? 'an image without a name');
  return { name, tags, platform, digest, manifest };
}

/** Tags by the digest of the configuration, where an OCI archive is a Docker archive too. */
async function dockerTags(files: ImageFiles): Promise<ReadonlyMap<string, readonly string[]>> {
  if (!(await files.has('manifest.json'))) return new Map();
  const images = await readDockerManifest(files);
  return new Map(
    images.map(({ Config, RepoTags }) => [Config.replace(/^blobs\/sha256\//u, 'sha256:'), RepoTags ?? []]),
  );
}
