import { dirname, join } from 'node:path';
import { type TarWriteEntry, writeTar } from '../codec/tar/write-tar.ts';
import type { Context } from '../io/context.ts';
import type { LayoutFile } from './oci-layout.ts';

/** The files of an image layout as one tar archive, bytewise by path, with the folders that they need. */
export function layoutArchive(files: readonly LayoutFile[], mtimeSeconds: number): AsyncIterable<Uint8Array> {
  const common = { uid: 0, gid: 0, mtimeSeconds };
  const folders = ['blobs', 'blobs/sha256'].map((path): TarWriteEntry => ({
    ...common,
    type: 'directory',
    path,
    mode: 0o755,
  }));
  const entries = files.map((file): TarWriteEntry => {
    const { path, sizeBytes } = file;
    return { ...common, type: 'file', path, mode: 0o644, sizeBytes, body: lazily(file) };
  });
  return writeTar([...folders, ...entries].sort((a, b) => (a.path < b.path ? -1 : 1)));
}

/** The files of an image layout in a folder that is there. */
export async function fillLayout(ctx: Context, folder: string, files: readonly LayoutFile[]): Promise<void> {
  for (const file of files) {
    const to = join(folder, file.path);
    await ctx.fs.makeDirectory(dirname(to));
    await ctx.fs.writeAtomic(to, file.open());
  }
}

/** Opened only when the writer comes to it. */
async function* lazily(file: LayoutFile): AsyncGenerator<Uint8Array> {
  yield* file.open();
}
