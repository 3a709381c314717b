import { kinds, nameBytesLimit } from '../../codec/ext4/format.ts';

export interface FolderEntry {
  readonly inode: number;
  readonly name: Uint8Array;
  readonly kind: keyof typeof kinds;
}

const headerBytes = 8;

/** The blocks of a directory, entries in the order given; the last one of a block reaches to its end. */
export function folderBlocks(entries: readonly FolderEntry[], blockBytes: number): Uint8Array {
  const blocks: Buffer[] = [];
  let block = Buffer.alloc(blockBytes);
  let at = 0;
  let last = 0;
  for (const { inode, name, kind } of entries) {
    const bytes = (headerBytes + name.length + 3) & ~3;
    if (at + bytes > blockBytes) {
      block.writeUInt16LE(blockBytes - last, last + 4);
      blocks.push(block);
      block = Buffer.alloc(blockBytes);
      at = 0;
    }
    block.writeUInt32LE(inode, at);
    block.writeUInt16LE(bytes, at + 4);
    block.writeUInt8(name.length, at + 6);
    block.writeUInt8(kinds[kind].entry, at + 7);
    block.set(name, at + headerBytes);
    last = at;
    at += bytes;
  }
  block.writeUInt16LE(blockBytes - last, last + 4);
  return Buffer.concat([...blocks, block]);
}

/** Whether a name can stand in a directory. */
export function isName(name: Uint8Array): boolean {
  return name.length > 0 && name.length <= nameBytesLimit;
}
