import { imageFileKind } from '../../src/image/image-file-kind.ts';
import { readFileSystem } from '../../src/image/read-file-system.ts';
import { createContext } from '../../src/io/create-context.ts';
import { diffTrees } from '../../src/tree/diff.ts';
import type { Tree } from '../../src/tree/node.ts';
import { memoryBlobs, type MemoryBlobs } from './memory-blobs.ts';

const ctx = createContext();

/** An image of a file system on disk, read by us. */
export async function readBack(file: string, folder: string, blobs: MemoryBlobs = memoryBlobs()): Promise<Tree> {
  const { compression, fileSystem } = await imageFileKind(ctx, file, 'image');
  if (fileSystem === undefined) throw new Error('no file system');
  return readFileSystem(ctx, file, { compression, fileSystem }, { blobs, source: 'image', scratch: folder });
}

/** What differs, one line a path; times count. */
export function differencesOf(before: Tree, after: Tree): readonly string[] {
  return diffTrees(before, after, { times: true }).map((change) =>
    change.kind === 'changed' ? `${change.path}: ${change.aspects.join(', ')}` : `${change.path}: ${change.kind}`,
  );
}
