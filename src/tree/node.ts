import type { BlobRef } from '../values/blob.ts';
import type { Origin } from '../values/origin.ts';

interface NodeFields {
  /**
   * Path from the root without a leading slash; the root itself is ''. Bytes that are not UTF-8 stand as lone
   * surrogates U+DC80..U+DCFF (codec/path-text.ts).
   */
  readonly path: string;
  /** Permission bits with setuid, setgid and sticky: 0o0000 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeSeconds: number;
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
  readonly origin: Origin;
}

export interface FileNode extends NodeFields {
  readonly type: 'file';
  readonly content: BlobRef;
  /** Nodes with the same inode are hard links of each other and share content and attributes. */
  readonly inode?: string;
}

export interface DirectoryNode extends NodeFields {
  readonly type: 'directory';
}

export interface SymlinkNode extends NodeFields {
  readonly type: 'symlink';
  readonly target: string;
}

export interface DeviceNode extends NodeFields {
  readonly type: 'device';
  readonly device: 'char' | 'block' | 'fifo';
  readonly major: number;
  readonly minor: number;
}

export type Node = FileNode | DirectoryNode | SymlinkNode | DeviceNode;

/** A root file system: every node by its path. Parents of every node are present. Iteration order carries no meaning. */
export type Tree = ReadonlyMap<string, Node>;
