import { comparePaths } from '../codec/path-text.ts';
import type { Tree } from '../tree/node.ts';
import { baseName, parentOf, resolvePath } from '../tree/paths.ts';
import type { BlobSource } from '../values/blob.ts';

/** `include` inside of included files is allowed; this ends circles. */
const maxDepth = 8;

/**
 * The folders of /etc/ld.so.conf (ldconfig(8)), in order. Where only /etc/ld.so.conf.d exists, its files count: libc6
 * brings them, and the file that includes them belongs to libc-bin, on which nothing depends.
 */
export async function configuredFolders(tree: Tree, blobs: BlobSource): Promise<string[]> {
  const main = resolvePath(tree, 'etc/ld.so.conf').node;
  const folders =
    main?.type === 'file'
      ? await read(tree, blobs, 'etc/ld.so.conf', 0)
      : await readAll(tree, blobs, 'etc/ld.so.conf.d/*.conf', 0);
  return [...new Set(folders)];
}

async function read(tree: Tree, blobs: BlobSource, path: string, depth: number): Promise<string[]> {
  const { node } = resolvePath(tree, path);
  if (node?.type !== 'file' || depth > maxDepth) return [];
  const folders: string[] = [];
  for (const row of Buffer.from(await blobs.read(node.content))
    .toString('utf8')
    .split('\n')) {
    const line = row.replace(/#.*$/u, '').trim();
    const include = /^include\s+(.+)$/u.exec(line)?.[1];
    if (include !== undefined)
      for (const pattern of include.split(/\s+/u))
        folders.push(...(await readAll(tree, blobs, pattern.startsWith('/') ? pattern : `etc/${pattern}`, depth + 1)));
    else if (line.startsWith('/')) folders.push(line.replace(/\/+$/u, ''));
  }
  return folders;
}

/** Files that a pattern with `*` and `?` in its last component names, in order. */
async function readAll(tree: Tree, blobs: BlobSource, pattern: string, depth: number): Promise<string[]> {
  const folder = resolvePath(tree, parentOf(pattern)).path;
  const matches = globOf(baseName(pattern));
  const paths = [...tree.keys()].filter((path) => parentOf(path) === folder && matches.test(baseName(path)));
  const folders: string[] = [];
  for (const path of paths.toSorted(comparePaths)) folders.push(...(await read(tree, blobs, path, depth)));
  return folders;
}

function globOf(pattern: string): RegExp {
  const body = pattern
    .replace(/[.+^${}()|[\]\\]/gu, String.raw`\$&`)
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
  return new RegExp(`^${body}$`, 'u');
}
