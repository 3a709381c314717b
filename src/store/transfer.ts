import { open, rm, type FileHandle } from 'node:fs/promises';
import { createHasher, type Hasher } from '../crypto/digest.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import type { HttpResponse } from '../io/http-client.ts';
import { redactUrl } from '../io/redact-url.ts';
import type { BlobRef } from '../values/blob.ts';
import { moveIn } from './blobs.ts';
import { partialPath } from './folders.ts';
import type { DownloadRequest } from './download.ts';
import { statusError, type Attempt } from '../io/retry.ts';
import type { Store } from './store.ts';
import { storeError } from './store-error.ts';
import { removeUnreadable } from './unreadable.ts';
import { cutShort, isHtml, tooLarge, webPage, wrongContent, wrongSize } from './transfer-error.ts';

const progressBytes = 128 * 1024;
/** An attempt that got this far gives a bad line new attempts. */
const worthwhileBytes = 256 * 1024;

/**
 * One attempt at a file: goes on from what is in `partial/`, compares length and digest, and moves the whole into its
 * place. The caller holds the lock of this download. `fresh` asks caches on the way for a new copy.
 */
export async function transfer(
  ctx: Context,
  store: Store,
  request: DownloadRequest,
  fresh: boolean = false,
): Promise<Attempt<BlobRef>> {
  const path = partialPath(store.root, request.digest);
  let progress = false;
  try {
    const handle = await openPartial(path);
    try {
      const present = await hashPresent(handle);
      if (present.digest() === request.digest) return await finish(store, request, undefined, present, path);
      if (present.sizeBytes >= (request.sizeBytes ?? Infinity)) await handle.truncate(0);
      const startBytes = (await handle.stat()).size;
      const response = await ask(ctx, request, startBytes, fresh);
      const refusal = await refusalOf(ctx, handle, request, response, startBytes);
      if (refusal !== undefined) return refusal;
      const hasher = await startAt(handle, request, response, present, startBytes);
      const firstBytes = hasher.sizeBytes;
      try {
        await receive(ctx, handle, response, request, hasher);
      } finally {
        progress = hasher.sizeBytes - firstBytes >= worthwhileBytes;
      }
      return await finish(store, request, response, hasher, path);
    } finally {
      const { size } = await handle.stat();
      await handle.close();
      if (size === 0) await rm(path, { force: true });
    }
  } catch (error) {
    const failure = storeError(error, store.root);
    if (!(failure instanceof KilopyError)) throw failure;
    return { failed: failure, progress };
  }
}

async function openPartial(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'a+', 0o644);
  } catch (error) {
    if ((await removeUnreadable(error, path)) === undefined) throw error;
    return await open(path, 'a+', 0o644);
  }
}

async function hashPresent(handle: FileHandle): Promise<Hasher> {
  const hasher = createHasher();
  const buffer = Buffer.allocUnsafe(2 ** 20);
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, hasher.sizeBytes);
    if (bytesRead === 0) return hasher;
    hasher.update(buffer.subarray(0, bytesRead));
  }
}

async function ask(ctx: Context, request: DownloadRequest, startBytes: number, fresh: boolean): Promise<HttpResponse> {
  return await ctx.http.request(request.url, {
    headers: {
      ...(startBytes > 0 ? { range: `bytes=${String(startBytes)}-` } : {}),
      ...(fresh ? { 'cache-control': 'no-cache' } : {}),
    },
    signal: ctx.signal,
    stallMs: ctx.limits.stallMs,
  });
}

/** What an answer without usable content comes to: an error status, or a resumption that does not fit. */
async function refusalOf(
  ctx: Context,
  handle: FileHandle,
  request: DownloadRequest,
  response: HttpResponse,
  startBytes: number,
): Promise<Attempt<never> | undefined> {
  const { status } = response;
  if (status === 200) return undefined;
  if (status === 206 && rangeOf(response).startBytes === startBytes) return undefined;
  await response.discard();
  if (status !== 206 && status !== 416) {
    const { error, retryAfterMs } = statusError(ctx, request.url, response);
    return { failed: error, retryAfterMs };
  }
  await handle.truncate(0);
  return { failed: cutShort(request, startBytes, 'the server cannot resume') };
}

/** Prepares the file for the body. Some mirrors answer a Range with 200 and the whole file: that is a new start. */
async function startAt(
  handle: FileHandle,
  request: DownloadRequest,
  response: HttpResponse,
  present: Hasher,
  startBytes: number,
): Promise<Hasher> {
  const resumed = response.status === 206;
  const announcedBytes = resumed ? rangeOf(response).totalBytes : Number(response.headers['content-length']);
  if (request.sizeBytes !== undefined && Number.isInteger(announcedBytes) && announcedBytes !== request.sizeBytes) {
    await response.discard();
    await handle.truncate(0);
    throw wrongSize(request, response, announcedBytes);
  }
  if (resumed && startBytes > 0) return present;
  await handle.truncate(0);
  return createHasher();
}

/** RFC 9110, 14.4. The total is NaN where the server does not know it. */
function rangeOf(response: HttpResponse): { readonly startBytes: number; readonly totalBytes: number } {
  const found = /^bytes (\d+)-\d+\/(\d+|\*)$/u.exec(response.headers['content-range'] ?? '');
  return { startBytes: Number(found?.[1]), totalBytes: Number(found?.[2]) };
}

async function receive(
  ctx: Context,
  handle: FileHandle,
  response: HttpResponse,
  request: DownloadRequest,
  hasher: Hasher,
): Promise<void> {
  const limitBytes = request.sizeBytes ?? ctx.limits.responseBytes;
  const url = redactUrl(request.url);
  let announcedBytes = hasher.sizeBytes;
  for await (const chunk of response.body) {
    if (hasher.sizeBytes + chunk.length > limitBytes) {
      await handle.truncate(0);
      throw tooLarge(request, response, limitBytes);
    }
    await handle.writeFile(chunk);
    hasher.update(chunk);
    if (hasher.sizeBytes - announcedBytes < progressBytes) continue;
    announcedBytes = hasher.sizeBytes;
    ctx.emit({ type: 'download.progress', url, receivedBytes: announcedBytes });
  }
  if (request.sizeBytes !== undefined && hasher.sizeBytes < request.sizeBytes) {
    if (isHtml(response)) {
      await handle.truncate(0);
      throw webPage(request);
    }
    throw cutShort(request, hasher.sizeBytes, 'the body ended early');
  }
}

async function finish(
  store: Store,
  request: DownloadRequest,
  response: HttpResponse | undefined,
  hasher: Hasher,
  path: string,
): Promise<Attempt<BlobRef>> {
  const digest = hasher.digest();
  if (digest !== request.digest) {
    await rm(path, { force: true });
    throw wrongContent(request, response, digest);
  }
  await moveIn(store.root, path, digest);
  return { done: { digest, sizeBytes: hasher.sizeBytes } };
}
