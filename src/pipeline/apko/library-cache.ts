import { readElf } from '../../codec/elf/read-elf.ts';
import { formatLdSoCache, type CachedLibrary } from '../../passes/format-ld-so-cache.ts';
import { configuredFolders } from '../../passes/ld-so-conf.ts';
import { baseName, parentOf, resolvePath } from '../../tree/paths.ts';
import type { RootFiles } from './root-files.ts';

/** What ldconfig would write: only where /etc/ld.so.conf is there, which musl has not. */
export async function writeLibraryCache(root: RootFiles): Promise<void> {
  if (root.stat('etc/ld.so.conf') === undefined) return;
  const folders = ['/lib', ...(await configuredFolders(root.tree, root.blobs))];
  const resolved = folders.map((folder) => [resolvePath(root.tree, folder).path, folder] as const);
  // Of two names for one folder the first counts.
  const places = new Map(resolved.toReversed());
  const libraries: CachedLibrary[] = [];
  for (const node of root.tree.values()) {
    const folder = places.get(parentOf(node.path));
    if (node.type !== 'file' || folder === undefined || !/^(?:lib|ld-).*\.so(?:\.|$)/u.test(baseName(node.path)))
      continue;
    const elf = readElf(await root.blobs.read(node.content), node.path);
    if (elf?.type === 'shared') {
      const soname = elf.soname ?? baseName(node.path);
      libraries.push({ soname, path: `${folder}/${baseName(node.path)}`, elf });
    }
  }
  const [first] = libraries;
  if (first === undefined) return;
  await root.write('etc/ld.so.cache', formatLdSoCache(libraries, first.elf.byteOrder), 0o644);
}
