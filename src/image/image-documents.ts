import {
  anything,
  count,
  hasShape,
  list,
  nullable,
  object,
  optional,
  record,
  shapeFault,
  text,
  textLike,
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

const digest: Shape<Digest> = textLike(/^sha256:[0-9a-f]{64}$/u, 'a digest of SHA-256');
const descriptor: Shape<Descriptor> = object({
  mediaType: text,
  digest,
  size: count,
  platform: optional(object({ os: text, architecture: text, variant: optional(text) })),
  annotations: optional(nullable(record(text))),
});

export const imageIndex: Shape<ImageIndex> = object({ manifests: nullable(list(descriptor)) });
export const imageManifest: Shape<ImageManifest> = object({ config: descriptor, layers: list(descriptor) });
export const imageConfig: Shape<ImageConfig> = object({
  os: optional(text),
  architecture: optional(text),
  variant: optional(text),
  config: optional(nullable(record(anything))),
  rootfs: object({ diff_ids: nullable(list(digest)) }),
});
export const dockerManifest: Shape<DockerManifest> = list(
  object({ Config: text, RepoTags: optional(nullable(list(text))), Layers: optional(nullable(list(text))) }),
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
