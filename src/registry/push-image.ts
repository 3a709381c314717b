import type { Context } from '../io/context.ts';
import { mapParallel } from '../io/parallel.ts';
import type { BlobSource } from '../values/blob.ts';
import type { Digest } from '../values/digest.ts';
import type { GraphDescriptor, GraphDocument, ImageGraph } from '../values/image-graph.ts';
import { headManifest, putManifest } from './manifests.ts';
import { pushBlob, type BlobOutcome } from './push-blob.ts';
import { listReferrer, subjectOf } from './referrers.ts';
import type { RegistrySession } from './session.ts';

export interface PushOptions {
  /** What the image is to be called; without one it is only there by its digest. */
  readonly tag: string | undefined;
  /** Repositories of the same registry that may have the layers. */
  readonly mountFrom?: readonly string[];
}

export interface Pushed {
  readonly digest: Digest;
  readonly upToDate: boolean;
  readonly blobs: Readonly<Record<BlobOutcome, number>>;
  readonly sentBytes: number;
}

const parallelUploads = 8;

/**
 * Sends an image: layers and configurations first, then what names them, and the tag at the very end, so that nobody
 * ever sees half of it. What the registry has is not sent; a manifest that it has is taken as complete, because
 * registries do not keep others.
 *
 * @throws KilopyError as `pushBlob` and `putManifest` do
 */
export async function pushImage(
  ctx: Context,
  session: RegistrySession,
  { documents, root }: ImageGraph,
  blobs: BlobSource,
  { tag, mountFrom = [] }: PushOptions,
): Promise<Pushed> {
  const counts: Record<BlobOutcome, number> = { present: 0, mounted: 0, uploaded: 0 };
  let sentBytes = 0;
  if ((await headManifest(ctx, session, tag ?? root.digest)) === root.digest)
    return { digest: root.digest, upToDate: true, blobs: counts, sentBytes };

  const missing = await missingDocuments(ctx, session, documents, root);
  const wanted = new Map(missing.flatMap((document) => document.blobs.map((blob) => [blob.digest, blob] as const)));
  // The largest first: a small one at the end keeps nobody waiting.
  const queue = [...wanted.values()].sort((a, b) => b.sizeBytes - a.sizeBytes);
  await mapParallel(queue, parallelUploads, async (blob) => {
    const outcome = await pushNamed(ctx, session, blob, blobs, mountFrom);
    counts[outcome] += 1;
    if (outcome === 'uploaded') sentBytes += blob.sizeBytes;
  });
  const unlisted: GraphDocument[] = [];
  const put = async (document: GraphDocument, name: string): Promise<void> => {
    const isListed = await putManifest(ctx, session, name, document);
    sentBytes += document.bytes.length;
    if (!isListed && subjectOf(document) !== undefined) unlisted.push(document);
  };
  const below = missing.filter(({ descriptor }) => descriptor.digest !== root.digest);
  const [manifests, indexes] = [below.filter(isManifest), below.filter((document) => !isManifest(document))];
  await mapParallel(manifests, parallelUploads, async (document) => await put(document, document.descriptor.digest));
  for (const document of indexes) await put(document, document.descriptor.digest);
  const top = documents.find(({ descriptor }) => descriptor.digest === root.digest);
  if (top !== undefined) await put(top, tag ?? root.digest);
  // One after the other: several may belong into one list.
  for (const document of unlisted) await listReferrer(ctx, session, document);
  return { digest: root.digest, upToDate: false, blobs: counts, sentBytes };
}

/** Those that the registry lacks, in their order; the root always. */
async function missingDocuments(
  ctx: Context,
  session: RegistrySession,
  documents: readonly GraphDocument[],
  root: GraphDescriptor,
): Promise<readonly GraphDocument[]> {
  const lacks = await mapParallel(documents, parallelUploads, async ({ descriptor: { digest } }) => {
    return digest === root.digest || (await headManifest(ctx, session, digest)) !== digest;
  });
  return documents.filter((_, i) => lacks[i]);
}

function isManifest({ children }: GraphDocument): boolean {
  return children.length === 0;
}

async function pushNamed(
  ctx: Context,
  session: RegistrySession,
  blob: GraphDescriptor,
  blobs: BlobSource,
  mountFrom: readonly string[],
): Promise<BlobOutcome> {
  const label = `sending ${blob.digest.slice(0, 19)} to ${session.place}`;
  ctx.emit({ type: 'step.started', step: 'push', title: label, target: blob.digest });
  const outcome = await pushBlob(ctx, session, blob, blobs, mountFrom);
  ctx.emit({ type: 'step.finished', step: 'push', target: blob.digest, detail: `${blob.digest}: ${outcome}` });
  return outcome;
}
