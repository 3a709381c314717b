import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Node, Tree } from '../../src/tree/node.ts';
import type { BlobSource } from '../../src/values/blob.ts';
import type { Digest } from '../../src/values/digest.ts';
import { packageOrigin } from './nodes.ts';

/** An unpacked root file system as a tree whose every node is of one package, so that slimming may drop any of it. */
export function folderTree(root: string): { readonly tree: Tree; readonly blobs: BlobSource } {
  const files = new Map<Digest, string>();
  const tree = new Map<string, Node>();
  const origin = packageOrigin('everything');
  for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
    const place = join(root, path);
    const stat = lstatSync(place);
    const common = { path, mode: stat.mode & 0o7777, uid: 0, gid: 0, mtimeSeconds: 0, origin };
    if (stat.isDirectory()) tree.set(path, { ...common, type: 'directory' });
    else if (stat.isSymbolicLink()) tree.set(path, { ...common, type: 'symlink', target: readlinkSync(place) });
    else if (stat.isFile()) {
      const digest: Digest = `sha256:${createHash('sha256').update(readFileSync(place)).digest('hex')}`;
      files.set(digest, place);
      tree.set(path, { ...common, type: 'file', content: { digest, sizeBytes: stat.size } });
    }
  }
  const read = (digest: Digest): Promise<Uint8Array> => Promise.resolve(readFileSync(files.get(digest) ?? ''));
  return {
    tree,
    blobs: {
      has: (digest) => Promise.resolve(files.has(digest)),
      read: (ref) => read(ref.digest),
      async *open(ref) {
        yield await read(ref.digest);
      },
    },
  };
}
