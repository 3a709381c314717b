import { hasShape, arrayOf, nullable, number, objectOf, optional, string } from '../codec/json-shape.ts';
import { sha256 } from '../crypto/digest.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import { nearest } from '../errors/nearest.ts';
import type { Context } from '../io/context.ts';
import type { HttpResponse } from '../io/http-client.ts';
import type { Digest } from '../values/digest.ts';
import type { GraphDescriptor } from '../values/image-graph.ts';
import { send } from './send.ts';
import type { RegistrySession } from './session.ts';

/** image-spec, media-types.md, and Docker's schema 2. */
const indexTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
const manifestTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];
const schemaOne = /^application\/vnd\.docker\.distribution\.manifest\.v1\+/u;

/** distribution-spec: registries should take manifests of 4 MiB; nothing real is larger. */
const limitBytes = 4 * 2 ** 20;

/** A manifest or an index, as it came. */
export interface FetchedManifest {
  readonly descriptor: GraphDescriptor;
  readonly bytes: Uint8Array;
}

const head = objectOf({ schemaVersion: optional(number), mediaType: optional(string) });

/**
 * A manifest by tag or digest, compared with what names it. What does not match is asked for again, past caches.
 *
 * @throws KilopyError KP6105 with tags that are near, KP6107, KP6108, KP6111, KP6112, and as `send` does
 */
export async function fetchManifest(ctx: Context, session: RegistrySession, name: string): Promise<FetchedManifest> {
  const url = `${session.root}/manifests/${name}`;
  const headers = { accept: [...indexTypes, ...manifestTypes].join(', ') };
  try {
    const request = { headers };
    return await send(ctx, session, url, request, whatIs(name), async (response) => {
      if (response.status !== 200) return undefined;
      const bytes = await readLimited(response, session, name);
      const digest = sha256(bytes);
      const announced = name.startsWith('sha256:') ? name : response.headers['docker-content-digest'];
      if (announced?.startsWith('sha256:') === true && announced !== digest)
        throw mismatch(session, name, announced, digest);
      const mediaType = mediaTypeOf(session, name, bytes, response.headers['content-type'] ?? '');
      return { descriptor: { mediaType, digest, sizeBytes: bytes.length }, bytes };
    });
  } catch (error) {
    if (!(error instanceof KilopyError) || error.code !== 'KP6105' || name.startsWith('sha256:')) throw error;
    throw await withNearTags(ctx, session, name, error);
  }
}

/** What a name stands for in the registry now; undefined when it stands for nothing, or the registry does not say. */
export async function headManifest(ctx: Context, session: RegistrySession, name: string): Promise<Digest | undefined> {
  const url = `${session.root}/manifests/${name}`;
  const request = { method: 'HEAD', headers: { accept: [...indexTypes, ...manifestTypes].join(', ') } } as const;
  const found = await send(ctx, session, url, request, whatIs(name), async (response) => {
    if (response.status !== 200 && response.status !== 404 && response.status !== 405) return undefined;
    await response.discard();
    const digest = response.status === 200 ? response.headers['docker-content-digest'] : undefined;
    return { digest };
  });
  return found.digest as Digest | undefined;
}

/**
 * Puts a document under a tag or its digest. The registry refuses one that names what it does not have.
 *
 * @returns whether the registry lists it among the referrers of its `subject` by itself (`OCI-Subject`)
 */
export async function putManifest(
  ctx: Context,
  session: RegistrySession,
  name: string,
  { descriptor, bytes }: FetchedManifest,
): Promise<boolean> {
  const url = `${session.root}/manifests/${name}`;
  const request = { method: 'PUT', headers: { 'content-type': descriptor.mediaType }, body: bytes } as const;
  const answer = await send(ctx, session, url, request, whatIs(name), async (response) => {
    if (response.status !== 201 && response.status !== 200) return undefined;
    await response.discard();
    const kept = response.headers['docker-content-digest'];
    if (kept?.startsWith('sha256:') === true && kept !== descriptor.digest)
      throw mismatch(session, name, descriptor.digest, kept);
    return { isListed: response.headers['oci-subject'] !== undefined };
  });
  return answer.isListed;
}

function whatIs(name: string): string {
  return name.startsWith('sha256:') ? `manifest ${name}` : `tag ${name}`;
}

async function readLimited(response: HttpResponse, session: RegistrySession, name: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of response.body) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes)
      throw new KilopyError('KP6111', `the manifest of ${session.place} is larger than 4 MiB`, {
        where: whereOf(session, name),
      });
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

function mediaTypeOf(session: RegistrySession, name: string, bytes: Uint8Array, contentType: string): string {
  const announced = contentType.replace(/;.*$/su, '').trim();
  const where = whereOf(session, name);
  const document = jsonOf(bytes);
  if (!hasShape(head, document))
    throw new KilopyError('KP6112', `what ${session.place} has for ${name} is no manifest`, {
      where,
      why: 'it is no JSON object',
    });
  const { schemaVersion, mediaType = announced } = document;
  if (schemaVersion === 1 || schemaOne.test(mediaType))
    throw new KilopyError('KP6108', `${session.place} has ${name} only in the first format of manifests`, {
      where,
      data: { mediaType },
    });
  if ([...indexTypes, ...manifestTypes].includes(mediaType)) return mediaType;
  const why = `its media type is ${mediaType === '' ? 'not said' : mediaType}`;
  throw new KilopyError('KP6112', `what ${session.place} has for ${name} is no image`, { where, why });
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

function mismatch(session: RegistrySession, name: string, expected: string, found: string): KilopyError {
  return new KilopyError('KP6107', `${session.place} sent something else for ${name} than it announced`, {
    where: whereOf(session, name),
    why: `its digest is ${found} instead of ${expected}`,
    data: { expected, found },
  });
}

function whereOf(session: RegistrySession, name: string): string {
  return `${session.place}${name.startsWith('sha256:') ? '@' : ':'}${name}`;
}

const tagList = objectOf({ tags: optional(nullable(arrayOf(string))) });

/** The same error with the tags that were probably meant. */
async function withNearTags(
  ctx: Context,
  session: RegistrySession,
  tag: string,
  error: KilopyError,
): Promise<KilopyError> {
  try {
    const url = `${session.root}/tags/list?n=500`;
    const response = await session.http.request(url, { signal: ctx.signal, stallMs: ctx.limits.stallMs });
    const answer = response.status === 200 ? jsonOf(await readLimited(response, session, tag)) : undefined;
    if (response.status !== 200) await response.discard();
    const tags = hasShape(tagList, answer) ? (answer.tags ?? []) : [];
    const [near] = nearest(tag, tags, 1);
    if (tags.length === 0) return error;
    const fix = near === undefined ? `it has ${tags.slice(-8).join(', ')}` : `did you mean ${session.place}:${near}?`;
    return new KilopyError('KP6105', error.message, {
      where: error.where,
      why: error.why,
      fix,
      data: { ...error.data, tags: tags.slice(0, 50) },
    });
  } catch {
    return error;
  }
}
