import { stat } from 'node:fs/promises';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import { redactUrl } from '../io/redact-url.ts';
import type { BlobRef } from '../values/blob.ts';
import type { Digest } from '../values/digest.ts';
import { blobPath } from './folders.ts';
import { mapParallel } from '../io/parallel.ts';
import type { Store } from './store.ts';
import { transfer } from './transfer.ts';
import { withRetries } from '../io/retry.ts';

/** A file whose content is known before it is fetched. */
export interface DownloadRequest {
  readonly url: string;
  readonly digest: Digest;
  /** Undefined where the index does not say. */
  readonly sizeBytes?: number | undefined;
  /** What it is, for a person: `libc6 2.41-12`. */
  readonly label: string;
}

/**
 * Brings a file into the store, or finds it there (a damaged one is fetched again). Two processes fetch it once. A
 * transfer that breaks off is resumed, in this run or the next.
 *
 * @throws KilopyError KP6010 to KP6015, KP6018 for the network; KP6017, KP6020 to KP6022 when the content is not what
 *   the index says, after one more attempt; KP6016 when the store is offline
 */
export async function download(ctx: Context, store: Store, request: DownloadRequest): Promise<BlobRef> {
  const found = await findStored(store, request);
  if (found !== undefined) {
    announceStored(ctx, request, found);
    return found;
  }
  if (store.offline) throw offlineError([request]);
  return await store.withLock(`download ${request.digest}`, async () => {
    const meanwhile = await findStored(store, request);
    if (meanwhile !== undefined) {
      announceStored(ctx, request, meanwhile);
      return meanwhile;
    }
    return await fetchVerified(ctx, store, request);
  });
}

/** `download` for many files, at most `limit` at once, in the order given. Offline, the error lists all that is missing. */
export async function downloadAll(
  ctx: Context,
  store: Store,
  requests: readonly DownloadRequest[],
  limit: number = 6,
): Promise<readonly BlobRef[]> {
  if (store.offline) {
    const present = await mapParallel(requests, limit, (request) => findStored(store, request));
    const missing = requests.filter((_, index) => present[index] === undefined);
    if (missing.length > 0) throw offlineError(missing);
  }
  return await mapParallel(requests, limit, (request) => download(ctx, store, request));
}

/** The content of a file, from the store or the network. */
export async function downloadBytes(ctx: Context, store: Store, request: DownloadRequest): Promise<Uint8Array> {
  return await store.read(await download(ctx, store, request));
}

async function findStored(store: Store, request: DownloadRequest): Promise<BlobRef | undefined> {
  const status = await stat(blobPath(store.root, request.digest)).catch(() => undefined);
  if (status === undefined) return undefined;
  const ref: BlobRef = { digest: request.digest, sizeBytes: status.size };
  return (await store.check(ref)) ? ref : undefined;
}

function announceStored(ctx: Context, request: DownloadRequest, ref: BlobRef): void {
  const url = redactUrl(request.url);
  ctx.emit({ type: 'download.finished', url, sizeBytes: ref.sizeBytes, fromCache: true });
}

async function fetchVerified(ctx: Context, store: Store, request: DownloadRequest): Promise<BlobRef> {
  const url = redactUrl(request.url);
  ctx.emit({ type: 'download.started', url, label: request.label, sizeBytes: request.sizeBytes });
  const fetchOnce = (fresh: boolean) => withRetries(ctx, request.url, () => transfer(ctx, store, request, fresh));
  let ref: BlobRef;
  try {
    ref = await fetchOnce(false);
  } catch (error) {
    if (!isWrongContent(error)) throw error;
    // A mirror in the middle of an update, a proxy with an old copy, or the remains of an earlier run.
    ctx.emit({ type: 'download.retried', url, attempt: 2, why: error.message });
    ref = await fetchOnce(true);
  }
  ctx.emit({ type: 'download.finished', url, sizeBytes: ref.sizeBytes, fromCache: false });
  return ref;
}

function isWrongContent(error: unknown): error is KilopyError {
  return error instanceof KilopyError && ['KP6017', 'KP6020', 'KP6021', 'KP6022'].includes(error.code);
}

function offlineError(missing: readonly DownloadRequest[]): KilopyError {
  const labels = missing.map((request) => request.label);
  const what = labels.length === 1 ? (labels[0] ?? '') : `${String(labels.length)} files`;
  return new KilopyError('KP6016', `${what} would have to be downloaded, but kilopy is offline`, {
    where: labels.length === 1 ? redactUrl(missing[0]?.url ?? '') : undefined,
    why: `not in the store: ${labels.join(', ')}`,
    data: { missing: missing.map(({ url, digest, label }) => ({ url: redactUrl(url), digest, label })) },
  });
}
