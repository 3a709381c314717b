import { readElf } from '../codec/elf/read-elf.ts';
import type { FileNode, Tree } from '../tree/node.ts';
import { overlay } from '../tree/overlay.ts';
import { baseName } from '../tree/paths.ts';
import type { BlobStore } from '../values/blob.ts';
import { formatLdSoCache, type CachedLibrary } from './format-ld-so-cache.ts';
import type { PassResult } from './pass-result.ts';
import { runtimeTime } from './runtime-time.ts';

export interface LoaderCacheReport {
  /** Libraries in the cache; 0 when none needs it and no cache was made. */
  readonly libraries: number;
}

const cachePath = 'etc/ld.so.cache';

/**
 * What ldconfig does after an installation, for the libraries that need it: those in folders of ld.so.conf that the
 * loader does not search by itself (`SlimReport.needCache`). Most images have none and get no cache; one that is there
 * already (of a base image) stays.
 */
export async function writeLoaderCache(
  tree: Tree,
  blobs: BlobStore,
  paths: readonly string[],
): Promise<PassResult<LoaderCacheReport>> {
  const libraries: CachedLibrary[] = [];
  for (const path of paths) {
    const node = tree.get(path);
    const elf = node?.type === 'file' ? readElf(await blobs.read(node.content), path) : undefined;
    if (elf !== undefined) libraries.push({ soname: elf.soname ?? baseName(path), path: `/${path}`, elf });
  }
  const [first] = libraries;
  if (first === undefined || tree.has(cachePath)) return { tree, report: { libraries: 0 } };
  const node: FileNode = {
    type: 'file',
    path: cachePath,
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtimeSeconds: runtimeTime(tree),
    origin: { kind: 'pass', pass: 'loader-cache' },
    content: await blobs.put(formatLdSoCache(libraries, first.elf.byteOrder)),
  };
  return { tree: overlay(tree, [node]).tree, report: { libraries: libraries.length } };
}
