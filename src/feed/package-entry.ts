import type { DeviceNode, DirectoryNode, FileNode, SymlinkNode } from '../tree/node.ts';

/**
 * A node of a package before it has an origin: which feed the package came from is not part of its content. Paths are
 * relative to the root and hold neither `..` nor empty parts; contents are in the store.
 */
export type PackageEntry =
  | Omit<FileNode, 'origin'>
  | Omit<DirectoryNode, 'origin'>
  | Omit<SymlinkNode, 'origin'>
  | Omit<DeviceNode, 'origin'>;
