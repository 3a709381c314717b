import type { Context } from '../io/context.ts';
import type { BlobRef, BlobStore } from '../values/blob.ts';
import { createBlobs } from './blobs.ts';
import { cleanStore, type CleanOptions, type CleanResult } from './clean.ts';
import { createDerived } from './derived.ts';
import { createLocks } from './locks.ts';
import { prepareFolders } from './prepare-folders.ts';
import { storeInfo, type StoreInfo } from './store-info.ts';
import { storePath } from './store-path.ts';

/**
 * The content-addressed cache. Layout below `root`:
 *
 *     blobs/sha256/ab/<hex>     content by its SHA-256; every read compares
 *     derived/<kind>/ab/<hex>   reference files of `remember`, by the SHA-256 of the key
 *     partial/<hex>             downloads that are under way or broken off, by the SHA-256 they shall have
 *     locks/<hex>               one file for each `withLock` that is held
 *     tmp/                      files before their rename; of no value once their process is gone
 *
 * Entries appear by rename, so a process that dies leaves only files in `tmp` and `partial`. There is no fsync: a power
 * cut may leave a renamed file without its content, and that is found as every other damage is, by the comparison on
 * read, and made good by fetching or deriving again. What cannot be had again does not belong into the store.
 */
export interface Store extends BlobStore {
  readonly root: string;
  /** Nothing may be downloaded; what the store lacks is an error (KP6016). */
  readonly offline: boolean;
  /** Whether the blob is there and whole. A damaged one is removed, and the answer is no. */
  check(ref: BlobRef): Promise<boolean>;
  /** Puts many small blobs (the files of a package) with few system calls. In the order given. */
  putMany(files: readonly Uint8Array[]): Promise<readonly BlobRef[]>;
  /** What `remember` kept under this kind and key; undefined when absent or damaged. */
  recall(kind: string, key: string): Promise<Uint8Array | undefined>;
  /** Keeps data that was derived from verified input. `kind` is a short word with a format version: `apk-index-1`. */
  remember(kind: string, key: string, bytes: Uint8Array): Promise<void>;
  /** Keeps two processes (and two calls) from doing the same work at once. Saves work; correctness never hangs on it. Not to be nested with one key. */
  withLock<T>(key: string, work: () => Promise<T>): Promise<T>;
  info(): Promise<StoreInfo>;
  clean(options?: CleanOptions): Promise<CleanResult>;
}

export interface StoreOptions {
  readonly offline?: boolean;
}

/**
 * Opens the store, creating its folders where needed.
 *
 * @param root folder; by default as `storePath` says
 * @throws KilopyError KP6001 when the folder cannot be created or written
 */
export async function openStore(
  ctx: Context,
  root: string = storePath(ctx),
  options: StoreOptions = {},
): Promise<Store> {
  await prepareFolders(root);
  const blobs = createBlobs(ctx, root);
  return {
    root,
    offline: options.offline ?? false,
    ...blobs,
    ...createDerived(ctx, blobs, root),
    ...createLocks(ctx, root),
    info: () => storeInfo(root),
    clean: (cleanOptions) => cleanStore(ctx, root, cleanOptions),
  };
}
