import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import { redactUrl } from '../io/redact-url.ts';
import { parseDocument, formatDocument, type StoredDocument } from './stored-document.ts';
import { statusError, withRetries, type Attempt } from '../io/retry.ts';
import type { Store } from './store.ts';
import { refused } from './transfer-error.ts';

export interface FetchOptions {
  /** A stored copy that the server confirmed within this time is used without asking. Zero always asks. */
  readonly maxAgeMs?: number;
  /** Only the stored copy; its age does not matter. By default as the store says. */
  readonly offline?: boolean;
  /** Judges the bytes before they are kept: throws where the signature is wrong. Then the older copy stays. */
  readonly accept?: (bytes: Uint8Array) => Promise<void> | void;
}

export interface FetchedDocument {
  readonly bytes: Uint8Array;
  /** When the server last said that this is the current content; milliseconds since 1970. */
  readonly fetchedAtMs: number;
  readonly fromCache: boolean;
  /** Since `fetchedAtMs`, in milliseconds. */
  readonly ageMs: number;
}

const kind = 'document-1';
const maxDocumentBytes = 64 * 2 ** 20;

/**
 * A file whose digest is not known before: InRelease, APKINDEX.tar.gz, a package list with a signature of its own. The
 * stored copy is confirmed with ETag and Last-Modified.
 *
 * @throws KilopyError KP6010 to KP6018 for the network, KP6016 when offline without a copy, and what `accept` throws, or
 *   KP6022 where it throws because of a web page
 */
export async function fetchDocument(
  ctx: Context,
  store: Store,
  url: string,
  options: FetchOptions = {},
): Promise<FetchedDocument> {
  const stored = await recallDocument(store, url);
  if (options.offline ?? store.offline) {
    if (stored === undefined) throw offlineError(url);
    return cached(ctx, stored);
  }
  if (isYoung(ctx, stored, options)) return cached(ctx, stored);
  return await store.withLock(`document ${redactUrl(url)}`, async () => {
    // Another process may have fetched it while this one waited.
    const latest = await recallDocument(store, url);
    if (isYoung(ctx, latest, options)) return cached(ctx, latest);
    return await fetchAndKeep(ctx, store, url, latest, options);
  });
}

function isYoung(ctx: Context, stored: StoredDocument | undefined, options: FetchOptions): stored is StoredDocument {
  if (stored === undefined) return false;
  const ageMs = ctx.clock.now() - stored.fetchedAtMs;
  // A negative age: the clock was set back.
  return ageMs >= 0 && ageMs < (options.maxAgeMs ?? 0);
}

async function recallDocument(store: Store, url: string): Promise<StoredDocument | undefined> {
  const bytes = await store.recall(kind, url);
  return bytes === undefined ? undefined : parseDocument(bytes);
}

function cached(ctx: Context, stored: StoredDocument): FetchedDocument {
  const { bytes, fetchedAtMs } = stored;
  return { bytes, fetchedAtMs, fromCache: true, ageMs: Math.max(0, ctx.clock.now() - fetchedAtMs) };
}

async function fetchAndKeep(
  ctx: Context,
  store: Store,
  url: string,
  stored: StoredDocument | undefined,
  options: FetchOptions,
): Promise<FetchedDocument> {
  const shown = redactUrl(url);
  ctx.emit({ type: 'download.started', url: shown, label: labelOf(url) });
  const fetched = await withRetries(ctx, url, () => attempt(ctx, url, stored)).catch((error: unknown) => {
    throw stored === undefined ? error : mentionCopy(ctx, error, stored);
  });
  try {
    await options.accept?.(fetched.bytes);
  } catch (error) {
    throw refused(error, fetched.bytes, { url, label: labelOf(url) });
  }
  await store.remember(kind, url, formatDocument(fetched));
  const fromCache = fetched.bytes === stored?.bytes;
  ctx.emit({ type: 'download.finished', url: shown, sizeBytes: fetched.bytes.length, fromCache });
  return { bytes: fetched.bytes, fetchedAtMs: fetched.fetchedAtMs, fromCache, ageMs: 0 };
}

async function attempt(
  ctx: Context,
  url: string,
  stored: StoredDocument | undefined,
): Promise<Attempt<StoredDocument>> {
  try {
    const response = await ctx.http.request(url, {
      headers: conditions(stored),
      signal: ctx.signal,
      stallMs: ctx.limits.stallMs,
    });
    if (response.status === 304 && stored !== undefined) {
      await response.discard();
      return { done: { ...stored, fetchedAtMs: ctx.clock.now() } };
    }
    if (response.status !== 200) {
      await response.discard();
      const { error, retryAfterMs } = statusError(ctx, url, response);
      return { failed: error, retryAfterMs };
    }
    const bytes = await collect(response.body, Math.min(maxDocumentBytes, ctx.limits.responseBytes), url);
    const { etag, 'last-modified': lastModified } = response.headers;
    return { done: { bytes, fetchedAtMs: ctx.clock.now(), etag, lastModified } };
  } catch (error) {
    if (!(error instanceof KilopyError)) throw error;
    return { failed: error };
  }
}

function conditions(stored: StoredDocument | undefined): Record<string, string> {
  return {
    ...(stored?.etag === undefined ? {} : { 'if-none-match': stored.etag }),
    ...(stored?.lastModified === undefined ? {} : { 'if-modified-since': stored.lastModified }),
  };
}

async function collect(chunks: AsyncIterable<Uint8Array>, limitBytes: number, url: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) {
      const where = redactUrl(url);
      throw new KilopyError('KP6017', `${labelOf(url)} is too large`, {
        where,
        why: `more than ${String(limitBytes)} bytes came`,
        data: { url: where, limitBytes },
      });
    }
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

/** Where the network fails and an older copy is at hand, the way on is `--offline`. */
function mentionCopy(ctx: Context, error: unknown, stored: StoredDocument): unknown {
  if (!(error instanceof KilopyError) || error.exitCode !== 4) return error;
  const hours = Math.max(0, Math.round((ctx.clock.now() - stored.fetchedAtMs) / 3_600_000));
  const { code, message, where, why, data } = error;
  const fix = `check the network, or use --offline: the store has a copy from ${String(hours)} hours ago`;
  return new KilopyError(code, message, { where, why, data, fix, cause: error });
}

/** The file and the folder that it is in (of apk, whose folder is the architecture, two): of three InRelease, which one. */
function labelOf(url: string): string {
  if (!URL.canParse(url)) return url;
  const { pathname } = new URL(url);
  return pathname
    .split('/')
    .slice(/\/(?:APKINDEX\.tar\.gz|[Pp]ackages\.adb)$/u.test(pathname) ? -3 : -2)
    .join('/');
}

function offlineError(url: string): KilopyError {
  const where = redactUrl(url);
  return new KilopyError('KP6016', `${labelOf(url)} would have to be downloaded, but kilopy is offline`, {
    where,
    why: `not in the store: ${where}`,
    data: { missing: [{ url: where, label: labelOf(url) }] },
  });
}
