import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../io/context.ts';
import { parseReference } from './derived.ts';
import { blobPath, folders } from './folders.ts';
import { listFiles } from './list-files.ts';
import { storeError } from './store-error.ts';
import { sweepTemporary } from './sweep.ts';

export interface CleanOptions {
  /** Keeps what was used within this time; 30 days unless told. Zero removes everything. */
  readonly unusedForMs?: number;
  /** Counts and removes nothing. */
  readonly dryRun?: boolean;
}

export interface CleanResult {
  readonly removedFiles: number;
  readonly removedBytes: number;
}

const defaultUnusedForMs = 30 * 24 * 3600 * 1000;

/** Removes blobs and broken-off downloads that were not used lately, and references whose blob is gone. */
export async function cleanStore(ctx: Context, root: string, options: CleanOptions = {}): Promise<CleanResult> {
  const { unusedForMs = defaultUnusedForMs, dryRun = false } = options;
  const beforeMs = ctx.clock.now() - unusedForMs;
  const removed = new Set<string>();
  let removedBytes = 0;
  try {
    for (const folder of [folders.blobs, folders.partial]) {
      for await (const file of listFiles(join(root, folder))) {
        // A clock that was set back leaves files of the future; zero means everything, these too.
        if (unusedForMs > 0 && file.mtimeMs >= beforeMs) continue;
        if (!dryRun) await rm(file.path, { force: true });
        removed.add(file.path);
        removedBytes += file.sizeBytes;
      }
    }
    for await (const file of listFiles(join(root, folders.derived))) {
      if (await pointsToBlob(root, file.path, removed)) continue;
      if (!dryRun) await rm(file.path, { force: true });
      removed.add(file.path);
      removedBytes += file.sizeBytes;
    }
    if (!dryRun) await sweepTemporary(root);
  } catch (error) {
    throw storeError(error, root);
  }
  return { removedFiles: removed.size, removedBytes };
}

async function pointsToBlob(root: string, path: string, removed: ReadonlySet<string>): Promise<boolean> {
  const reference = parseReference(await readFile(path, 'utf8').catch(() => ''));
  if (reference === undefined) return false;
  const blob = blobPath(root, reference.digest);
  if (removed.has(blob)) return false;
  return (await stat(blob).catch(() => undefined)) !== undefined;
}
