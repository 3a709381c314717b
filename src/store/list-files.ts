import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface StoredFile {
  readonly path: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}

/** Every file below a folder, in no order. Files that vanish meanwhile are left out. */
export async function* listFiles(folder: string): AsyncIterable<StoredFile> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      yield* listFiles(path);
      continue;
    }
    const status = await stat(path).catch(() => undefined);
    if (status !== undefined) yield { path, name: entry.name, sizeBytes: status.size, mtimeMs: status.mtimeMs };
  }
}
