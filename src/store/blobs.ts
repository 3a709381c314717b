import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { open, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createHasher, sha256 } from '../crypto/digest.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import type { BlobRef } from '../values/blob.ts';
import type { Digest } from '../values/digest.ts';
import { blobPath } from './folders.ts';
import { makeFolder } from '../io/make-folder.ts';
import { isReadAtOnce, readAtOnce } from '../io/read-at-once.ts';
import type { Store } from './store.ts';
import { storeError } from './store-error.ts';
import { isFolderInPlace, removeUnreadable } from './unreadable.ts';
import { temporaryPath } from './temporary.ts';

export type Blobs = Pick<Store, 'has' | 'check' | 'read' | 'open' | 'put' | 'putStream' | 'putMany'>;

const readChunkBytes = 2 ** 20;
/** How often a use is noted in a blob's time, by which `clean` knows what is no longer used. */
const useNoteMs = 24 * 3600 * 1000;
/** After so many synchronous writes, others get their turn. */
const putBatch = 64;

export function createBlobs(ctx: Context, root: string): Blobs {
  return {
    async has(digest) {
      const status = await stat(blobPath(root, digest)).catch(() => undefined);
      if (status === undefined) return false;
      await noteUse(ctx, blobPath(root, digest), status.mtimeMs);
      return true;
    },
    async check(ref) {
      try {
        for await (const chunk of openBlob(ctx, root, ref)) void chunk;
        return true;
      } catch (error) {
        if (isAbsence(error)) return false;
        throw error;
      }
    },
    read: (ref) => readBlob(ctx, root, ref),
    open: (ref) => openBlob(ctx, root, ref),
    put: async (bytes) => putSync(ctx, root, bytes),
    putStream: (chunks) => putStream(root, chunks),
    async putMany(files) {
      const refs: BlobRef[] = [];
      for (const [index, bytes] of files.entries()) {
        if (index % putBatch === putBatch - 1) await new Promise((resolve) => void setImmediate(resolve));
        refs.push(putSync(ctx, root, bytes));
      }
      return refs;
    },
  };
}

/** Whether a read failed because the blob is not there (any more): absent, or found damaged and removed. */
export function isAbsence(error: unknown): boolean {
  return error instanceof KilopyError && (error.code === 'KP6002' || error.code === 'KP6003');
}

async function readBlob(ctx: Context, root: string, ref: BlobRef): Promise<Uint8Array> {
  const bytes = isReadAtOnce(ref.sizeBytes) ? await readSmall(ctx, root, ref) : await readLarge(ctx, root, ref);
  const actual = sha256(bytes);
  if (actual !== ref.digest || bytes.length !== ref.sizeBytes)
    throw await dropDamaged(ctx, root, ref, actual, bytes.length);
  return bytes;
}

async function readSmall(ctx: Context, root: string, ref: BlobRef): Promise<Uint8Array> {
  const path = blobPath(root, ref.digest);
  try {
    const { bytes, mtimeMs } = await readAtOnce(path);
    await noteUse(ctx, path, mtimeMs);
    return bytes;
  } catch (error) {
    return await failRead(ctx, error, root, ref);
  }
}

async function readLarge(ctx: Context, root: string, ref: BlobRef): Promise<Uint8Array> {
  const path = blobPath(root, ref.digest);
  const handle = await open(path, 'r').catch((error: unknown) => failRead(ctx, error, root, ref));
  try {
    const { mtimeMs } = await handle.stat();
    const bytes = await handle.readFile();
    await noteUse(ctx, path, mtimeMs);
    return bytes;
  } catch (error) {
    return await failRead(ctx, error, root, ref);
  } finally {
    await handle.close();
  }
}

async function* openBlob(ctx: Context, root: string, ref: BlobRef): AsyncIterable<Uint8Array> {
  if (isReadAtOnce(ref.sizeBytes)) {
    const bytes = await readBlob(ctx, root, ref);
    if (bytes.length > 0) yield bytes;
    return;
  }
  const path = blobPath(root, ref.digest);
  const handle = await open(path, 'r').catch((error: unknown) => failRead(ctx, error, root, ref));
  try {
    await noteUse(ctx, path, (await handle.stat()).mtimeMs);
    const hasher = createHasher();
    const chunkBytes = Math.min(readChunkBytes, ref.sizeBytes + 1);
    let held: Uint8Array | undefined;
    for (;;) {
      const { bytesRead, buffer } = await handle
        .read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes)
        .catch((error: unknown) => failRead(ctx, error, root, ref));
      if (bytesRead === 0) break;
      if (held !== undefined) yield held;
      held = buffer.subarray(0, bytesRead);
      hasher.update(held);
    }
    const actual = hasher.digest();
    if (actual !== ref.digest || hasher.sizeBytes !== ref.sizeBytes) {
      throw await dropDamaged(ctx, root, ref, actual, hasher.sizeBytes);
    }
    if (held !== undefined) yield held;
  } finally {
    await handle.close();
  }
}

async function failRead(ctx: Context, error: unknown, root: string, ref: BlobRef): Promise<never> {
  const path = blobPath(root, ref.digest);
  const why = await removeUnreadable(error, path);
  if (why !== undefined) {
    ctx.emit({ type: 'store.refetched', digest: ref.digest, why: `${path}: ${why}` });
    throw new KilopyError('KP6002', `${ref.digest} in the store is damaged`, {
      where: path,
      why,
      cause: error,
      data: { digest: ref.digest },
    });
  }
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw storeError(error, root);
  throw new KilopyError('KP6003', `${ref.digest} is not in the store`, { where: root, data: { digest: ref.digest } });
}

/** Removes a blob whose content is not what its name says. A reference with a wrong size is no fault of the blob. */
async function dropDamaged(
  ctx: Context,
  root: string,
  ref: BlobRef,
  actual: Digest,
  actualBytes: number,
): Promise<KilopyError> {
  const why =
    actualBytes === ref.sizeBytes
      ? `its content has the SHA-256 ${actual}`
      : `it has ${String(actualBytes)} bytes instead of ${String(ref.sizeBytes)}`;
  if (actual !== ref.digest) {
    await rm(blobPath(root, ref.digest), { force: true });
    ctx.emit({ type: 'store.refetched', digest: ref.digest, why });
  }
  return new KilopyError('KP6002', `${ref.digest} in the store is damaged`, {
    where: blobPath(root, ref.digest),
    why,
    data: { digest: ref.digest, actual, actualBytes },
  });
}

/**
 * For contents in memory: synchronous, because four short system calls through the thread pool take four times as
 * long (300 files: 17 ms here, 80 ms there).
 */
function putSync(ctx: Context, root: string, bytes: Uint8Array): BlobRef {
  const ref: BlobRef = { digest: sha256(bytes), sizeBytes: bytes.length };
  const path = blobPath(root, ref.digest);
  // A rename over a file makes ext4 write the new one to the disk at once.
  if (isThere(ctx, path, bytes)) return ref;
  const temporary = temporaryPath(root);
  try {
    writeFileSync(temporary, bytes, { flag: 'wx', mode: 0o644 });
    try {
      renameSync(temporary, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') makeFolder(dirname(path));
      else if (isFolderInPlace(error)) rmSync(path, { recursive: true });
      else throw error;
      renameSync(temporary, path);
    }
  } catch (error) {
    rmSync(temporary, { force: true });
    throw storeError(error, root);
  }
  return ref;
}

/** Whether the blob is there already, with the right content; its use is noted as that of a new one would be. */
function isThere(ctx: Context, path: string, bytes: Uint8Array): boolean {
  try {
    const { size, mtimeMs } = statSync(path);
    if (size !== bytes.length || !readFileSync(path).equals(bytes)) return false;
    if (isNoteDue(ctx, mtimeMs)) utimesSync(path, ctx.clock.now() / 1000, ctx.clock.now() / 1000);
    return true;
  } catch {
    return false;
  }
}

async function putStream(root: string, chunks: AsyncIterable<Uint8Array>): Promise<BlobRef> {
  const temporary = temporaryPath(root);
  try {
    const hasher = createHasher();
    const handle = await open(temporary, 'wx', 0o644);
    try {
      for await (const chunk of chunks) {
        hasher.update(chunk);
        await handle.writeFile(chunk);
      }
    } finally {
      await handle.close();
    }
    const ref: BlobRef = { digest: hasher.digest(), sizeBytes: hasher.sizeBytes };
    await moveIn(root, temporary, ref.digest);
    return ref;
  } catch (error) {
    await rm(temporary, { force: true });
    throw storeError(error, root);
  }
}

/** Gives a finished file below the root its address. The caller has compared its content with the digest. */
export async function moveIn(root: string, path: string, digest: Digest): Promise<void> {
  const target = blobPath(root, digest);
  makeFolder(dirname(target));
  try {
    await rename(path, target);
  } catch (error) {
    if (!isFolderInPlace(error)) throw error;
    await rm(target, { recursive: true });
    await rename(path, target);
  }
}

function isNoteDue(ctx: Context, mtimeMs: number): boolean {
  return ctx.clock.now() - mtimeMs >= useNoteMs;
}

async function noteUse(ctx: Context, path: string, mtimeMs: number): Promise<void> {
  if (!isNoteDue(ctx, mtimeMs)) return;
  const nowMs = ctx.clock.now();
  // A store that others share may refuse; the note is only a hint for `clean`.
  await utimes(path, nowMs / 1000, nowMs / 1000).catch(() => undefined);
}
