import { crc32c } from '../../codec/crc32c.ts';
import { xattrMagic, xattrPrefixes } from '../../codec/ext4/read-format.ts';
import { imageFileError } from '../image-file-error.ts';
import type { Inode } from './inode.ts';
import type { Volume } from './volume.ts';

export interface InodeXattrs {
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
  /** Content of a small file or entries of a small folder (feature inline_data). */
  readonly inline: Uint8Array | undefined;
}

const entryBytes = 16;
const blockHeaderBytes = 32;
const blockChecksumAt = 16;
/** `system.data`: not an attribute, but the place of inline data. */
const inlineName = 'system.data';

/** @throws KilopyError KP4011, KP4012 for values that are files of their own */
export async function readXattrs(volume: Volume, inode: Inode, entry: string): Promise<InodeXattrs> {
  const found = new Map<string, Uint8Array>();
  const { tail } = inode;
  if (tail.length >= 4 && tail.readUInt32LE(0) === xattrMagic)
    readEntries(found, tail.subarray(4), 0, { volume, at: inode.at, entry });
  if (inode.xattrBlock !== 0) await readBlock(volume, inode, entry, found);
  const inline = found.get(inlineName);
  found.delete(inlineName);
  return { xattrs: found, inline };
}

async function readBlock(volume: Volume, inode: Inode, entry: string, found: Map<string, Uint8Array>): Promise<void> {
  const { image, blockBytes, blocks, seed } = volume;
  const fail = (message: string): Error => imageFileError('KP4011', image.place(inode.at, entry), message);
  if (inode.xattrBlock >= blocks) throw fail('its extended attributes are not in the file system');
  const at = inode.xattrBlock * blockBytes;
  const block = Buffer.from(await image.small(at, blockBytes, entry));
  if (block.readUInt32LE(0) !== xattrMagic) throw fail('its extended attributes are damaged');
  if (seed !== undefined) {
    const number = Buffer.alloc(8);
    number.writeBigUInt64LE(BigInt(inode.xattrBlock));
    const plain = Buffer.from(block);
    plain.writeUInt32LE(0, blockChecksumAt);
    if (crc32c(plain, crc32c(number, seed)) !== block.readUInt32LE(blockChecksumAt))
      throw fail('the checksum of its extended attributes is wrong');
  }
  readEntries(found, block, blockHeaderBytes, { volume, at, entry });
}

/** Entries up to one that is zero; values are counted from the beginning of `bytes`. */
function readEntries(
  found: Map<string, Uint8Array>,
  bytes: Buffer,
  start: number,
  { volume, at, entry }: { readonly volume: Volume; readonly at: number; readonly entry: string },
): void {
  const fail = (): Error =>
    imageFileError('KP4011', volume.image.place(at, entry), 'its extended attributes are damaged');
  for (let offset = start; offset + 4 <= bytes.length && bytes.readUInt32LE(offset) !== 0;) {
    if (offset + entryBytes > bytes.length) throw fail();
    const nameBytes = bytes.readUInt8(offset);
    const prefix = xattrPrefixes.get(bytes.readUInt8(offset + 1));
    const valueAt = bytes.readUInt16LE(offset + 2);
    const valueBytes = bytes.readUInt32LE(offset + 8);
    const name = bytes.subarray(offset + entryBytes, offset + entryBytes + nameBytes);
    if (prefix === undefined || name.length < nameBytes) throw fail();
    if (bytes.readUInt32LE(offset + 4) !== 0)
      throw imageFileError('KP4012', volume.image.place(at, entry), 'an extended attribute is a file of its own');
    if (valueBytes > 0 && valueAt + valueBytes > bytes.length) throw fail();
    const full = prefix + name.toString('utf8');
    if (found.has(full)) throw fail();
    const value = Buffer.from(bytes.subarray(valueAt, valueAt + valueBytes));
    found.set(full, prefix.startsWith('system.posix_acl') ? wideAcl(value) : value);
    offset += entryBytes + ((nameBytes + 3) & ~3);
  }
}

/**
 * An access list as the attribute has it (linux/posix_acl_xattr.h): version 2, a number in every entry. ext4 keeps version 1, and
 * numbers only of named users and groups (fs/ext4/acl.h).
 */
function wideAcl(value: Buffer): Uint8Array {
  if (value.length < 4 || value.readUInt32LE(0) !== 1) return value;
  const parts: Buffer[] = [Buffer.of(2, 0, 0, 0)];
  for (let at = 4; at + 4 <= value.length;) {
    const hasNumber = [0x02, 0x08].includes(value.readUInt16LE(at));
    const part = Buffer.alloc(8, 0xff);
    value.copy(part, 0, at, at + (hasNumber ? 8 : 4));
    parts.push(part);
    at += hasNumber ? 8 : 4;
  }
  return Buffer.concat(parts);
}
