import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import type { HttpResponse } from '../io/http-client.ts';
import type { Attempt } from '../io/retry.ts';
import type { BlobRef, BlobSource } from '../values/blob.ts';
import { attempt, retried } from './send.ts';
import type { RegistrySession } from './session.ts';

/** How a blob came to be in a repository. */
export type BlobOutcome = 'present' | 'mounted' | 'uploaded';

/** Larger blobs go in pieces of this size, so that a broken line costs no more than one. */
const chunkBytes = 8 * 2 ** 20;

interface Upload {
  readonly ref: BlobRef;
  readonly blobs: BlobSource;
  /** Repositories that have not been asked for the blob yet. */
  readonly mountFrom: string[];
  /** Where the upload goes on; undefined before it has begun. */
  location: string | undefined;
  /** Bytes that the registry has. */
  offset: number;
  pieceBytes: number;
  /** The answer to the last request was lost: the registry has to be asked how far it is. */
  unsure: boolean;
}

/**
 * Brings a blob into a repository (distribution-spec, "Pushing blobs"): not at all when it is there, by a mount from
 * another repository, in one piece, or in pieces. After a fault the registry is asked how much it has, and the rest is
 * sent.
 *
 * @throws KilopyError KP6116 when the registry does not keep what it got, and as `send` does
 */
export async function pushBlob(
  ctx: Context,
  session: RegistrySession,
  ref: BlobRef,
  blobs: BlobSource,
  mountFrom: readonly string[] = [],
): Promise<BlobOutcome> {
  const upload: Upload = {
    ref,
    blobs,
    mountFrom: [...mountFrom],
    location: undefined,
    offset: 0,
    pieceBytes: chunkBytes,
    unsure: true,
  };
  const url = `${session.root}/blobs/${ref.digest}`;
  // An upload that begins anew gets no further by getting as far as the one before.
  let farthest = 0;
  return await retried(ctx, session, url, `layer ${ref.digest}`, async () => {
    const result = await pushOnce(ctx, session, upload);
    if ('done' in result) return result;
    upload.unsure = true;
    const progress = upload.offset > farthest;
    farthest = Math.max(farthest, upload.offset);
    return { ...result, progress };
  });
}

async function pushOnce(ctx: Context, session: RegistrySession, upload: Upload): Promise<Attempt<BlobOutcome>> {
  if (upload.unsure) {
    const there = await isThere(ctx, session, upload.ref);
    if ('failed' in there) return there;
    if (there.done) return { done: upload.location === undefined ? 'present' : 'uploaded' };
    if (upload.location !== undefined) {
      const known = await askProgress(ctx, session, upload);
      if ('failed' in known) return known;
    }
    upload.unsure = false;
  }
  if (upload.location === undefined) {
    const begun = await begin(ctx, session, upload);
    if ('failed' in begun || begun.done === 'mounted') return begun as Attempt<BlobOutcome>;
  }
  return await sendRest(ctx, session, upload);
}

/** Whether the repository has the blob. Registries that do not answer HEAD get the blob sent. */
async function isThere(ctx: Context, session: RegistrySession, { digest }: BlobRef): Promise<Attempt<boolean>> {
  const url = `${session.root}/blobs/${digest}`;
  return await attempt(ctx, session, url, { method: 'HEAD' }, `layer ${digest}`, async (response) => {
    const { status } = response;
    if (status !== 200 && status !== 404 && status !== 405) return undefined;
    await response.discard();
    return status === 200;
  });
}

async function begin(ctx: Context, session: RegistrySession, upload: Upload): Promise<Attempt<'mounted' | 'begun'>> {
  const from = upload.mountFrom.shift();
  const mount = from === undefined ? '' : `?${new URLSearchParams({ mount: upload.ref.digest, from }).toString()}`;
  const url = `${session.root}/blobs/uploads/${mount}`;
  const request = { method: 'POST', headers: { 'content-length': '0' } } as const;
  return await attempt(ctx, session, url, request, `layer ${upload.ref.digest}`, async (response) => {
    if (response.status !== 202 && response.status !== 201) return undefined;
    await response.discard();
    if (response.status === 201) return 'mounted';
    upload.location = locationOf(session, url, response);
    upload.offset = 0;
    const least = Number(response.headers['oci-chunk-min-length'] ?? 0);
    upload.pieceBytes = Math.max(chunkBytes, Number.isSafeInteger(least) ? Math.min(least, 2 ** 28) : 0);
    return 'begun';
  });
}

/** How far an upload is; one that the registry has forgotten begins anew. */
async function askProgress(ctx: Context, session: RegistrySession, upload: Upload): Promise<Attempt<boolean>> {
  const url = upload.location ?? '';
  return await attempt(ctx, session, url, { method: 'GET' }, `upload of ${upload.ref.digest}`, async (response) => {
    await response.discard();
    const end = /^(?:bytes=)?0-(\d+)$/u.exec(response.headers['range'] ?? '')?.[1];
    if (response.status === 204) {
      // An upload without a byte has the range 0-0, as one with a single byte has; that one begins anew.
      upload.offset = end === undefined || end === '0' ? 0 : Number(end) + 1;
      if (response.headers['location'] !== undefined) upload.location = locationOf(session, url, response);
    }
    if (response.status !== 204 || upload.offset > upload.ref.sizeBytes || (upload.offset === 0 && end === '0'))
      startAgain(upload);
    return true;
  });
}

function startAgain(upload: Upload): void {
  upload.location = undefined;
  upload.offset = 0;
}

async function sendRest(ctx: Context, session: RegistrySession, upload: Upload): Promise<Attempt<BlobOutcome>> {
  const { ref, blobs } = upload;
  let sent = false;
  for await (const piece of pieces(blobs, ref, upload.offset, upload.pieceBytes)) {
    const isLast = upload.offset + piece.length === ref.sizeBytes;
    const result = await sendPiece(ctx, session, upload, piece, isLast);
    if ('failed' in result) return result;
    sent = isLast;
  }
  if (sent) return { done: 'uploaded' };
  const result = await sendPiece(ctx, session, upload, new Uint8Array(0), true);
  return 'failed' in result ? result : { done: 'uploaded' };
}

/** PATCH for a piece in the middle; PUT with the digest for the last one, which may be the only one. */
async function sendPiece(
  ctx: Context,
  session: RegistrySession,
  upload: Upload,
  piece: Uint8Array,
  isLast: boolean,
): Promise<Attempt<true>> {
  const { ref, offset } = upload;
  const url = new URL(upload.location ?? '');
  if (isLast) url.searchParams.set('digest', ref.digest);
  const range = `${String(offset)}-${String(offset + piece.length - 1)}`;
  const inPieces = !isLast || (offset > 0 && piece.length > 0);
  const headers = {
    'content-type': 'application/octet-stream',
    'content-length': String(piece.length),
    ...(inPieces ? { 'content-range': range } : {}),
  };
  const request = { method: isLast ? 'PUT' : 'PATCH', headers, body: piece } as const;
  let kept = true;
  const result = await attempt<true>(ctx, session, url.href, request, `layer ${ref.digest}`, async (response) => {
    const { status } = response;
    const lost = status === 404 || status === 416 || (status === 400 && isLast);
    if (!lost && (isLast ? status !== 201 && status !== 204 : status !== 202 && status !== 204)) return undefined;
    await response.discard();
    const digest = response.headers['docker-content-digest'];
    kept = !lost && (!isLast || digest === undefined || !digest.startsWith('sha256:') || digest === ref.digest);
    if (kept && !isLast) {
      upload.offset += piece.length;
      upload.location = locationOf(session, url.href, response);
    }
    if (!kept && status !== 416) startAgain(upload);
    return true;
  });
  return 'failed' in result || kept ? result : { failed: notKept(session, ref), mayPass: true };
}

async function* pieces(
  blobs: BlobSource,
  ref: BlobRef,
  startByte: number,
  pieceBytes: number,
): AsyncGenerator<Uint8Array> {
  let skip = startByte;
  let parts: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const chunk of blobs.open(ref)) {
    let rest = chunk.subarray(Math.min(skip, chunk.length));
    skip -= chunk.length - rest.length;
    while (heldBytes + rest.length >= pieceBytes) {
      const fitting = pieceBytes - heldBytes;
      yield Buffer.concat([...parts, rest.subarray(0, fitting)]);
      rest = rest.subarray(fitting);
      parts = [];
      heldBytes = 0;
    }
    if (rest.length === 0) continue;
    parts.push(rest);
    heldBytes += rest.length;
  }
  if (heldBytes > 0) yield Buffer.concat(parts);
}

/**
 * Where an upload goes on: relative or absolute (RFC 9110, 10.2.2). A registry behind a proxy may name itself with
 * http; it is spoken to as before.
 */
function locationOf(session: RegistrySession, url: string, response: HttpResponse): string {
  const location = response.headers['location'];
  const base = new URL(session.root);
  if (location === undefined || !URL.canParse(location, url)) {
    throw new KilopyError('KP6106', `${base.host} does not say where the upload goes on`, { where: session.place });
  }
  const target = new URL(location, url);
  if (target.host === base.host) target.protocol = base.protocol;
  return target.href;
}

function notKept(session: RegistrySession, { digest }: BlobRef): KilopyError {
  return new KilopyError('KP6116', `${session.place} did not keep ${digest}`, {
    where: session.place,
    why: 'it found another digest than ours, or forgot the upload in the middle',
    data: { digest },
  });
}
