import {
  anything,
  wholeNumber,
  hasShape,
  arrayOf,
  nullable,
  objectOf,
  optional,
  recordOf,
  shapeFault,
  string,
  stringLike,
  type Shape,
} from '../codec/json-shape.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Digest } from '../values/digest.ts';

/** image-spec, descriptor.md. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly platform?:
    | { readonly os: string; readonly architecture: string; readonly variant?: string | undefined }
    | undefined;
  readonly annotations?: Readonly<Record<string, string>> | null | undefined;
}

/** image-spec, image-index.md; Docker’s manifest list has the same fields. */
export interface ImageIndex {
  /** Archives of Docker 25 have null here. */
  readonly manifests: readonly Descriptor[] | null;
}

/** image-spec, manifest.md; Docker’s schema 2 has the same fields. */
export interface ImageManifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** image-spec, config.md. */
export interface ImageConfig {
  readonly os?: string | undefined;
  readonly architecture?: string | undefined;
  readonly variant?: string | undefined;
  readonly config?: Readonly<Record<string, unknown>> | null | undefined;
  readonly rootfs: { readonly diff_ids: readonly Digest[] | null };
}

/** `manifest.json` of `docker save` (docker image spec v1.2). */
export type DockerManifest = readonly {
  readonly Config: string;
  readonly RepoTags?: readonly string[] | null | undefined;
  readonly Layers?: readonly string[] | null | undefined;
}[];

const digest: Shape<Digest> = stringLike(/^sha256:[0-9a-f]{64}$/u, 'a digest of SHA-256');
const descriptor: Shape<Descriptor> = objectOf({
  mediaType: string,
  digest,
  size: wholeNumber,
  platform: optional(objectOf({ os: string, architecture: string, variant: optional(string) })),
  annotations: optional(nullable(recordOf(string))),
});

export const imageIndex: Shape<ImageIndex> = objectOf({ manifests: nullable(arrayOf(descriptor)) });
export const imageManifest: Shape<ImageManifest> = objectOf({ config: descriptor, layers: arrayOf(descriptor) });
export const imageConfig: Shape<ImageConfig> = objectOf({
  os: optional(string),
  architecture: optional(string),
  variant: optional(string),
  config: optional(nullable(recordOf(anything))),
  rootfs: objectOf({ diff_ids: nullable(arrayOf(digest)) }),
});
export const dockerManifest: Shape<DockerManifest> = arrayOf(
  objectOf({
    Config: string,
    RepoTags: optional(nullable(arrayOf(string))),
    Layers: optional(nullable(arrayOf(string))),
  }),
);

/** A JSON document of an image. Throws KP7401 with the first thing that is wrong in it. */
export function parseDocument<T>(shape: Shape<T>, bytes: Uint8Array, name: string, source: string): T {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw malformed(name, source, 'it is no JSON', cause);
  }
  if (hasShape(shape, value)) return value;
  throw malformed(name, source, shapeFault(shape, value) ?? 'malformed', undefined);
}

function malformed(name: string, source: string, why: string, cause: unknown): KilopyError {
  return new KilopyError('KP7401', `${name} of ${source} cannot be read`, {
    where: source,
    why,
    cause,
    data: { name },
  });
}
