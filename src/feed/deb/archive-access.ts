import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { verifiedByDigest } from '../../crypto/verdict.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { download } from '../../store/download.ts';
import { fetchDocument } from '../../store/fetch-index.ts';
import type { Store } from '../../store/store.ts';
import type { BlobRef } from '../../values/blob.ts';
import type { Freshness } from '../feed.ts';

/** How the files of an archive are had: over HTTP through the store, or from a folder. Paths are relative to `url`. */
export interface ArchiveAccess {
  /** Without a trailing slash. */
  readonly url: string;
  /** Whether only what was kept earlier can be had. */
  readonly offline: boolean;
  /** A file whose content is not known before; `accept` judges it. Undefined when the archive does not have it. */
  document(path: string, accept: Accept): Promise<ArchiveDocument | undefined>;
  /** A file of known content. Undefined when the archive does not have it. */
  content(path: string, ref: BlobRef, label: string): Promise<AsyncIterable<Uint8Array> | undefined>;
}

/** Throws where the content must not be used. `nowMs` is the time to judge it by. */
type Accept = (bytes: Uint8Array, nowMs: number) => Promise<void>;

export interface ArchiveDocument {
  readonly bytes: Uint8Array;
  /** When the archive was last known to give this, in milliseconds since 1970. */
  readonly fetchedAtMs: number;
  /** Whether that was not just now. */
  readonly isStored: boolean;
}

/** An archive over HTTP. Offline, only what was verified and kept; with a lock, that first. */
export function httpArchive(ctx: Context, store: Store, url: string, freshness: Freshness): ArchiveAccess {
  const offline = freshness.offline || store.offline;
  return {
    url,
    offline,
    async document(path, accept) {
      try {
        const { bytes, fetchedAtMs, fromCache, ageMs } = await fetchDocument(ctx, store, `${url}/${path}`, {
          offline,
          maxAgeMs: freshness.locked ? Number.POSITIVE_INFINITY : 0,
          accept: async (fresh) => accept(fresh, ctx.clock.now()),
        });
        return { bytes, fetchedAtMs, isStored: fromCache && ageMs > 0 };
      } catch (error) {
        if (isAbsent(error, offline)) return undefined;
        throw error;
      }
    },
    async content(path, ref, label) {
      try {
        return store.open(await download(ctx, store, { url: `${url}/${path}`, label, ...ref }));
      } catch (error) {
        if (isAbsent(error, false)) return undefined;
        throw error;
      }
    },
  };
}

/** An archive in a folder of this machine. */
export function folderArchive(ctx: Context, folder: string): ArchiveAccess {
  return {
    url: pathToFileURL(folder).href,
    offline: false,
    async document(path, accept) {
      const bytes = await readOptional(ctx, join(folder, path));
      if (bytes === undefined) return undefined;
      await accept(bytes, ctx.clock.now());
      return { bytes, fetchedAtMs: ctx.clock.now(), isStored: false };
    },
    async content(path, ref) {
      const bytes = await readOptional(ctx, join(folder, path));
      return bytes === undefined ? undefined : pieces(verifiedByDigest(bytes, ref.digest, join(folder, path)).value);
    },
  };
}

/** KP6012: the server does not have it; KP6016: offline, and not in the store. */
function isAbsent(error: unknown, offline: boolean): boolean {
  return error instanceof KilopyError && (error.code === 'KP6012' || (offline && error.code === 'KP6016'));
}

async function readOptional(ctx: Context, path: string): Promise<Uint8Array | undefined> {
  try {
    return await ctx.fs.readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Bytes in pieces of at most 1 MiB. */
export async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += 2 ** 20) yield bytes.subarray(start, start + 2 ** 20);
}
