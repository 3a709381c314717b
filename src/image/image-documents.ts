import { z } from 'zod';
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

const digest: z.ZodType<Digest> = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/u)
  .transform((text) => text as Digest);
const platform = z.looseObject({ os: z.string(), architecture: z.string(), variant: z.string().optional() });
const descriptor: z.ZodType<Descriptor> = z.looseObject({
  mediaType: z.string(),
  digest,
  size: z.number().int().nonnegative(),
  platform: platform.optional(),
  annotations: z.record(z.string(), z.string()).nullish(),
});

export const imageIndex: z.ZodType<ImageIndex> = z.looseObject({ manifests: z.array(descriptor).nullable() });
export const imageManifest: z.ZodType<ImageManifest> = z.looseObject({
  config: descriptor,
  layers: z.array(descriptor),
});
export const imageConfig: z.ZodType<ImageConfig> = z.looseObject({
  os: z.string().optional(),
  architecture: z.string().optional(),
  variant: z.string().optional(),
  config: z.looseObject({}).nullish(),
  rootfs: z.looseObject({ diff_ids: z.array(digest).nullable() }),
});
export const dockerManifest: z.ZodType<DockerManifest> = z.array(
  z.looseObject({
    Config: z.string(),
    RepoTags: z.array(z.string()).nullish(),
    Layers: z.array(z.string()).nullish(),
  }),
);

/** A JSON document of an image. Throws KP7401 with the first thing that is wrong in it. */
export function parseDocument<T>(schema: z.ZodType<T>, bytes: Uint8Array, name: string, source: string): T {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw malformed(name, source, 'it is no JSON', cause);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw malformed(name, source, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}`, result.error);
}

function malformed(name: string, source: string, why: string, cause: unknown): KilopyError {
  return new KilopyError('KP7401', `${name} of ${source} cannot be read`, {
    where: source,
    why,
    cause,
    data: { name },
  });
}
