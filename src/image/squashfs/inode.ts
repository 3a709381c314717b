import { imageFileError } from '../image-file-error.ts';
import type { Metadata } from './metadata.ts';
import type { Superblock } from './superblock.ts';

interface Common {
  readonly number: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeSeconds: number;
  readonly links: number;
  /** In the table of attributes; undefined: none. */
  readonly xattr: number | undefined;
}

export interface FileInode extends Common {
  readonly kind: 'file';
  readonly start: number;
  readonly sizeBytes: number;
  readonly fragment: { readonly index: number; readonly offset: number } | undefined;
  /** Of each block the size in the image, with a bit for `not compressed`; 0 is a hole. */
  readonly blocks: readonly number[];
}

export interface DirectoryInode extends Common {
  readonly kind: 'directory';
  /** Of its listing: block in the table of directories, offset in its content, bytes. */
  readonly start: number;
  readonly offset: number;
  readonly listingBytes: number;
}

export type SquashfsInode =
  | FileInode
  | DirectoryInode
  | (Common & { readonly kind: 'symlink'; readonly target: Buffer })
  | (Common & { readonly kind: 'char' | 'block' | 'fifo' | 'socket'; readonly major: number; readonly minor: number });

/** Types of inodes; those above 7 are the longer forms. */
const kinds = ['directory', 'file', 'symlink', 'block', 'char', 'fifo', 'socket'] as const;
const none = 0xffff_ffff;
/** The kernel's PATH_MAX. */
const maxTargetBytes = 65_536;

/**
 * @param reference block in the table of inodes and offset in it, as one number
 * @throws KilopyError KP4011; KP4003 for files over `fileBytes`
 */
export async function readInode(
  metadata: Metadata,
  superblock: Superblock,
  reference: number,
  entry: string,
  fileBytes: number,
): Promise<SquashfsInode> {
  const { image } = metadata;
  const at = superblock.inodeTable + Math.floor(reference / 0x1_0000);
  const place = image.place(at, entry);
  const cursor = metadata.cursor(at, reference % 0x1_0000, entry);
  const head = await cursor.read(16);
  const type = head.readUInt16LE(0);
  const kind = kinds[(type - 1) % 7];
  const isLong = type > 7;
  if (type < 1 || type > 14 || kind === undefined)
    throw imageFileError('KP4011', place, `an inode is of type ${String(type)}, which there is not`);
  const id = async (index: number): Promise<number> => {
    if (index >= superblock.ids) throw imageFileError('KP4011', place, 'an owner is not in the table of owners');
    return (await metadata.record(superblock.idTable, index, 4, entry)).readUInt32LE(0);
  };
  const common = {
    number: head.readUInt32LE(12),
    mode: head.readUInt16LE(2) & 0o7777,
    uid: await id(head.readUInt16LE(4)),
    gid: await id(head.readUInt16LE(6)),
    mtimeSeconds: head.readUInt32LE(8),
  };
  if (kind === 'directory') {
    const rest = await cursor.read(isLong ? 24 : 16);
    const fields = isLong
      ? { links: 0, size: 4, start: 8, offset: 18, xattr: 20 }
      : { links: 4, size: 8, start: 0, offset: 10, xattr: undefined };
    const size = isLong ? rest.readUInt32LE(fields.size) : rest.readUInt16LE(fields.size);
    return {
      ...common,
      kind,
      links: rest.readUInt32LE(fields.links),
      start: rest.readUInt32LE(fields.start),
      offset: rest.readUInt16LE(fields.offset),
      // `.` and `..` count three bytes and are not there.
      listingBytes: Math.max(0, size - 3),
      xattr: fields.xattr === undefined ? undefined : xattrOf(rest.readUInt32LE(fields.xattr)),
    };
  }
  if (kind === 'file') {
    const rest = await cursor.read(isLong ? 40 : 16);
    const facts = isLong ? longFile(rest) : shortFile(rest);
    const { sizeBytes, fragment } = facts;
    if (sizeBytes > fileBytes)
      throw imageFileError('KP4003', place, `the file is larger than ${String(fileBytes)} bytes`);
    if (fragment !== undefined && fragment.index >= superblock.fragments)
      throw imageFileError('KP4011', place, 'its end is not in the table of fragments');
    const count = sizeBytes / superblock.blockBytes;
    const sizes = await cursor.read((fragment === undefined ? Math.ceil(count) : Math.floor(count)) * 4);
    const blocks = Array.from({ length: sizes.length / 4 }, (_, i) => sizes.readUInt32LE(i * 4));
    return { ...common, ...facts, kind, xattr: isLong ? xattrOf(rest.readUInt32LE(36)) : undefined, blocks };
  }
  if (kind === 'symlink') {
    const rest = await cursor.read(8);
    const size = rest.readUInt32LE(4);
    if (size > maxTargetBytes) throw imageFileError('KP4011', place, 'the target of a symbolic link is too long');
    const target = await cursor.read(size);
    const xattr = isLong ? xattrOf((await cursor.read(4)).readUInt32LE(0)) : undefined;
    return { ...common, kind, links: rest.readUInt32LE(0), target, xattr };
  }
  const isDevice = kind === 'char' || kind === 'block';
  const rest = await cursor.read(4 + (isDevice ? 4 : 0) + (isLong ? 4 : 0));
  const number = isDevice ? rest.readUInt32LE(4) : 0;
  return {
    ...common,
    kind,
    links: rest.readUInt32LE(0),
    major: (number >>> 8) & 0xfff,
    minor: (number & 0xff) | ((number >>> 12) & 0xf_ff00),
    xattr: isLong ? xattrOf(rest.readUInt32LE(rest.length - 4)) : undefined,
  };
}

type FileFacts = Pick<FileInode, 'start' | 'sizeBytes' | 'fragment' | 'links'>;

function shortFile(rest: Buffer): FileFacts {
  return {
    links: 1,
    start: rest.readUInt32LE(0),
    fragment: fragmentOf(rest.readUInt32LE(4), rest.readUInt32LE(8)),
    sizeBytes: rest.readUInt32LE(12),
  };
}

function longFile(rest: Buffer): FileFacts {
  return {
    start: Number(rest.readBigUInt64LE(0)),
    sizeBytes: Number(rest.readBigUInt64LE(8)),
    links: rest.readUInt32LE(24),
    fragment: fragmentOf(rest.readUInt32LE(28), rest.readUInt32LE(32)),
  };
}

function fragmentOf(index: number, offset: number): FileInode['fragment'] {
  return index === none ? undefined : { index, offset };
}

function xattrOf(index: number): number | undefined {
  return index === none ? undefined : index;
}
