import { chmodSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tree } from '../../src/tree/node.ts';
import { sortedNodes } from '../../src/tree/sort.ts';
import type { BlobSource } from '../../src/values/blob.ts';

/** Writes a tree into a folder that exists and is empty. Owners, times and devices are left out. */
export async function writeTree(tree: Tree, blobs: BlobSource, folder: string): Promise<void> {
  const inodes = new Map<string, string>();
  for (const node of sortedNodes(tree)) {
    const path = join(folder, node.path);
    if (node.type === 'directory') mkdirSync(path, { recursive: true });
    if (node.type === 'symlink') symlinkSync(node.target, path);
    if (node.type !== 'file') continue;
    const first = node.inode === undefined ? undefined : inodes.get(node.inode);
    if (first !== undefined) {
      linkSync(first, path);
      continue;
    }
    writeFileSync(path, await blobs.read(node.content));
    chmodSync(path, node.mode);
    if (node.inode !== undefined) inodes.set(node.inode, path);
  }
}
