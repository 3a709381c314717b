import { basename } from 'node:path';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { pushImage, type Pushed } from '../../registry/push-image.ts';
import { formatReference, isRegistryName, type ImageReference } from '../../registry/reference.ts';
import { openSession } from '../../registry/session.ts';
import { hostTarget } from '../../spec/host-target.ts';
import { parseTargets } from '../../spec/parse-targets.ts';
import { targets } from '../../spec/targets.ts';
import { openStore, type Store } from '../../store/store.ts';
import type { Digest } from '../../values/digest.ts';
import { fileImage } from './file-image.ts';
import { type ImagePlace, parsePlace } from './image-place.ts';
import { registryImage } from './registry-image.ts';
import type { Choice, SourceImage } from './source-image.ts';
import { type WrittenName, writePlace } from './write-place.ts';

export interface CopyRequest {
  readonly from: string;
  readonly to: string;
  /** `all`, a platform such as `linux/arm/v7`, or undefined: everything from a file, this machine's from a registry. */
  readonly platform: string | undefined;
  /** Hosts that may be spoken to with plain http, beside this machine. */
  readonly plainHttp: readonly string[];
}

export interface CopyResult {
  /** Reference or path. */
  readonly from: string;
  readonly to: string;
  /** Of the manifest or index that was copied. */
  readonly digest: Digest;
  readonly mediaType: string;
  readonly platforms: number;
  /** Bytes of everything that the image is made of. */
  readonly sizeBytes: number;
  /** Where it went into a registry. */
  readonly pushed?: Pushed;
}

/**
 * Copies an image from a registry, an OCI layout or an archive to another such place. Nothing in it changes, its digest
 * included. Between repositories of one registry layers are mounted and not sent.
 *
 * @throws KilopyError KP61xx, KP74xx
 */
export async function copyImage(ctx: Context, request: CopyRequest): Promise<CopyResult> {
  const [from, to] = [parsePlace(ctx, request.from), parsePlace(ctx, request.to)];
  if (to.kind === 'registry' && to.reference.digest !== undefined) {
    throw new KilopyError('KP6101', `"${request.to}" names a digest, which cannot be written to`, {
      fix: 'write a tag',
    });
  }
  const store = await openStore(ctx);
  const image = await openPlace(ctx, store, from, request);
  return await deliver(ctx, from, to, image, request);
}

/** Reads what a place holds. */
export async function openPlace(
  ctx: Context,
  store: Store,
  place: ImagePlace,
  { platform, plainHttp }: Pick<CopyRequest, 'platform' | 'plainHttp'>,
): Promise<SourceImage> {
  if (place.kind === 'path') {
    if (platform === undefined || platform === 'all') return await fileImage(ctx, store, place.path, place.shown);
    return await fileImage(ctx, store, place.path, place.shown, choiceOf(ctx, platform));
  }
  const session = await openSession(ctx, place.reference, { action: 'pull', plainHttp });
  return await registryImage(ctx, store, session, place.reference, choiceOf(ctx, platform));
}

function choiceOf(ctx: Context, platform: string | undefined): Choice {
  if (platform === 'all') return 'all';
  const [target, more] = parseTargets(platform ?? 'host', { host: hostTarget(ctx.host), all: targets });
  if (target !== undefined && more === undefined) return target.oci;
  throw new KilopyError('KP2004', 'one platform is copied, or all of them', { fix: 'write --all, or one --platform' });
}

async function deliver(
  ctx: Context,
  from: ImagePlace,
  to: ImagePlace,
  image: SourceImage,
  { plainHttp }: CopyRequest,
): Promise<CopyResult> {
  const { graph } = image;
  const blobs = new Map(
    graph.documents.flatMap((document) => [document.descriptor, ...document.blobs]).map((one) => [one.digest, one]),
  );
  const facts = {
    from: nameOf(from),
    to: nameOf(to),
    digest: graph.root.digest,
    mediaType: graph.root.mediaType,
    platforms: graph.documents.filter(({ children }) => children.length === 0).length,
    sizeBytes: [...blobs.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
  if (to.kind === 'path') {
    await writePlace(ctx, to, image, writtenName(from, to));
    return facts;
  }
  return {
    ...facts,
    pushed: await pushTo(ctx, to.reference, image, { plainHttp, mountFrom: mountable(from, to.reference) }),
  };
}

/** Sends an image to a repository under the tag of the reference, `latest` without one. */
export async function pushTo(
  ctx: Context,
  reference: ImageReference,
  { graph, blobs }: SourceImage,
  { plainHttp, mountFrom }: { readonly plainHttp: readonly string[]; readonly mountFrom: readonly string[] },
): Promise<Pushed> {
  const session = await openSession(ctx, reference, { action: 'push', plainHttp, mountFrom });
  return await pushImage(ctx, session, graph, blobs, { tag: reference.tag ?? 'latest', mountFrom });
}

/** Another repository of the same registry. */
function mountable(from: ImagePlace, to: ImageReference): readonly string[] {
  if (from.kind !== 'registry' || from.reference.registry !== to.registry) return [];
  return from.reference.repository === to.repository ? [] : [from.reference.repository];
}

function nameOf(place: ImagePlace): string {
  return place.kind === 'path' ? place.path : formatReference(place.reference);
}

function writtenName(from: ImagePlace, to: Extract<ImagePlace, { kind: 'path' }>): WrittenName {
  if (from.kind === 'registry') {
    const { registry, repository, tag = 'latest' } = from.reference;
    const familiar = registry === 'docker.io' ? repository.replace(/^library\//u, '') : `${registry}/${repository}`;
    return { full: `${registry}/${repository}:${tag}`, familiar: `${familiar}:${tag}`, tag };
  }
  const name = basename(to.path)
    .replace(/(?:\.oci)?(?:\.tar(?:\.\w+)?|\.tgz)?$/u, '')
    .toLowerCase();
  const usable = /^[a-z0-9][a-z0-9._-]*$/u.test(name) && !isRegistryName(name) ? name : 'image';
  return { full: `docker.io/library/${usable}:latest`, familiar: `${usable}:latest`, tag: 'latest' };
}
