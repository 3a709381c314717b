import { anything, arrayOf, hasShape, objectOf, optional, recordOf, string, type Shape } from '../codec/json-shape.ts';
import { sha256 } from '../crypto/digest.ts';
import type { Context } from '../io/context.ts';
import { fetchManifest, headManifest, putManifest, type FetchedManifest } from './manifests.ts';
import type { RegistrySession } from './session.ts';

interface Referring {
  readonly subject?: { readonly digest: string } | undefined;
  readonly artifactType?: string | undefined;
  readonly config?: { readonly mediaType: string } | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

const referring: Shape<Referring> = objectOf({
  subject: optional(objectOf({ digest: string })),
  artifactType: optional(string),
  config: optional(objectOf({ mediaType: string })),
  annotations: optional(recordOf(string)),
});
const referrersList = objectOf({ manifests: arrayOf(anything) });
const withDigest = objectOf({ digest: string });

const mediaType = 'application/vnd.oci.image.index.v1+json';

/** What a document refers to (a signature to its image); undefined for most. */
export function subjectOf({ bytes }: Pick<FetchedManifest, 'bytes'>): string | undefined {
  return facts(bytes)?.subject?.digest;
}

/**
 * Lists a document among the referrers of its subject, under the tag that stands for the list in registries without the
 * referrers API (distribution-spec, "Pushing Manifests with Subject" and "Referrers Tag Schema"). A tag that holds something
 * else is left alone.
 */
export async function listReferrer(
  ctx: Context,
  session: RegistrySession,
  { descriptor, bytes }: FetchedManifest,
): Promise<void> {
  const { subject, artifactType, config, annotations } = facts(bytes) ?? {};
  if (subject === undefined) return;
  const [algorithm = '', hex = ''] = subject.digest.split(':');
  const tag = `${algorithm.slice(0, 32)}-${hex.slice(0, 64)}`;
  const known = await knownReferrers(ctx, session, tag);
  if (known === undefined || known.some((entry) => hasShape(withDigest, entry) && entry.digest === descriptor.digest))
    return;
  const entry = {
    mediaType: descriptor.mediaType,
    digest: descriptor.digest,
    size: descriptor.sizeBytes,
    artifactType: artifactType ?? config?.mediaType,
    annotations,
  };
  const list = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests: [...known, entry] }));
  const digest = sha256(list);
  await putManifest(ctx, session, tag, { descriptor: { mediaType, digest, sizeBytes: list.length }, bytes: list });
}

/** Undefined when the tag is no list. */
async function knownReferrers(
  ctx: Context,
  session: RegistrySession,
  tag: string,
): Promise<readonly unknown[] | undefined> {
  if ((await headManifest(ctx, session, tag)) === undefined) return [];
  const { descriptor, bytes } = await fetchManifest(ctx, session, tag);
  const list = parsed(bytes);
  return descriptor.mediaType === mediaType && hasShape(referrersList, list) ? list.manifests : undefined;
}

function facts(bytes: Uint8Array): Referring | undefined {
  const document = parsed(bytes);
  return hasShape(referring, document) ? document : undefined;
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
