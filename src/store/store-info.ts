import { join } from 'node:path';
import { folders } from './folders.ts';
import { listFiles } from './list-files.ts';

/** What a store holds. Sizes are sums of file lengths. */
export interface StoreInfo {
  readonly root: string;
  readonly blobs: { readonly count: number; readonly sizeBytes: number };
  /** Entries of `remember`; their bytes are among the blobs. */
  readonly derived: { readonly count: number };
  /** Downloads that were broken off and can be resumed. */
  readonly partial: { readonly count: number; readonly sizeBytes: number };
}

export async function storeInfo(root: string): Promise<StoreInfo> {
  return {
    root,
    blobs: await count(join(root, folders.blobs)),
    derived: { count: (await count(join(root, folders.derived))).count },
    partial: await count(join(root, folders.partial)),
  };
}

async function count(folder: string): Promise<{ readonly count: number; readonly sizeBytes: number }> {
  let files = 0;
  let sizeBytes = 0;
  for await (const file of listFiles(folder)) {
    files += 1;
    sizeBytes += file.sizeBytes;
  }
  return { count: files, sizeBytes };
}
