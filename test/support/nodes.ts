import { createHash } from 'node:crypto';
import type { DeviceNode, DirectoryNode, FileNode, SymlinkNode } from '../../src/tree/node.ts';
import type { BlobRef } from '../../src/values/blob.ts';
import type { Origin } from '../../src/values/origin.ts';

/** Short makers of nodes for tables. Times are 1000, owners root. */
export function file(path: string, content: string | BlobRef, origin: Origin, mode = 0o644): FileNode {
  const ref = typeof content === 'string' ? contentOf(content) : content;
  return { type: 'file', path, mode, uid: 0, gid: 0, mtimeSeconds: 1000, origin, content: ref };
}

export function directory(path: string, origin: Origin, mode = 0o755): DirectoryNode {
  return { type: 'directory', path, mode, uid: 0, gid: 0, mtimeSeconds: 1000, origin };
}

export function link(path: string, target: string, origin: Origin): SymlinkNode {
  return { type: 'symlink', path, target, mode: 0o777, uid: 0, gid: 0, mtimeSeconds: 1000, origin };
}

export function device(path: string, origin: Origin, major = 1, minor = 3): DeviceNode {
  const kind = 'char';
  return { type: 'device', path, device: kind, major, minor, mode: 0o600, uid: 0, gid: 0, mtimeSeconds: 1000, origin };
}

export function packageOrigin(name: string, version = '1'): Origin & { readonly kind: 'package' } {
  return { kind: 'package', name, version, architecture: 'amd64', feed: 'debian' };
}

function contentOf(text: string): BlobRef {
  return {
    digest: `sha256:${createHash('sha256').update(text).digest('hex')}`,
    sizeBytes: Buffer.byteLength(text),
  };
}
