import { KilopyError } from '../../errors/kilopy-error.ts';
import { extraInodeBytes, inodeBytes } from '../../codec/ext4/format.ts';

/** Prefixes that are kept as a number (fs/ext4/xattr.h). The longer ones first. */
const prefixes: readonly (readonly [string, number])[] = [
  ['system.posix_acl_access', 2],
  ['system.posix_acl_default', 3],
  ['user.', 1],
  ['trusted.', 4],
  ['security.', 6],
  ['system.', 7],
];

const xattrMagic = 0xea02_0000;
const entryBytes = 16;
const blockHeaderBytes = 32;
/** What an inode has behind its times. */
const inodeRoom = inodeBytes - 128 - extraInodeBytes;

/** The extended attributes of one inode: as many as fit stand in it, the others in a block of their own. */
export interface PlacedXattrs {
  readonly inInode: Uint8Array | undefined;
  readonly block: Uint8Array | undefined;
}

interface Attribute {
  readonly index: number;
  readonly name: Buffer;
  readonly value: Uint8Array;
}

/** @throws KilopyError KP8011 for names without a known prefix, and for more than a block holds */
export function placeXattrs(
  xattrs: ReadonlyMap<string, Uint8Array> | undefined,
  blockBytes: number,
  path: string,
): PlacedXattrs {
  if (xattrs === undefined || xattrs.size === 0) return { inInode: undefined, block: undefined };
  const attributes = [...xattrs].map(([name, value]) => attributeOf(name, value, path)).sort(compare);
  // All in one place: half here and half there would save nothing.
  if (4 + spaceOf(attributes) <= inodeRoom) return { inInode: inInode(attributes), block: undefined };
  if (blockHeaderBytes + spaceOf(attributes) > blockBytes) {
    throw new KilopyError('KP8011', `/${path} has more extended attributes than ext4 can keep`, {
      why: `they take ${String(spaceOf(attributes))} bytes, and a block has ${String(blockBytes)}`,
    });
  }
  return { inInode: undefined, block: inBlock(attributes, blockBytes) };
}

function attributeOf(name: string, value: Uint8Array, path: string): Attribute {
  const [prefix, index] = prefixes.find(([start]) => name.startsWith(start)) ?? [];
  if (prefix === undefined || index === undefined) {
    throw new KilopyError('KP8011', `ext4 cannot keep the extended attribute ${name} of /${path}`);
  }
  const rest = Buffer.from(name.slice(prefix.length), 'utf8');
  return { index, name: rest, value: index === 2 || index === 3 ? compactAcl(value) : value };
}

/**
 * An access list as ext4 keeps it (fs/ext4/acl.h): version 1, and numbers of users and groups only where there are any. In
 * the attribute (linux/posix_acl_xattr.h) it is version 2 with a number in every entry.
 */
function compactAcl(value: Uint8Array): Uint8Array {
  const bytes = Buffer.from(value);
  if (bytes.length < 4 || bytes.readUInt32LE(0) !== 2 || bytes.length % 8 !== 4) return value;
  const parts: Buffer[] = [Buffer.of(1, 0, 0, 0)];
  for (let at = 4; at < bytes.length; at += 8) {
    const hasNumber = [0x02, 0x08].includes(bytes.readUInt16LE(at));
    parts.push(bytes.subarray(at, at + (hasNumber ? 8 : 4)));
  }
  return Buffer.concat(parts);
}

/** The order that the kernel searches a block in. */
function compare(a: Attribute, b: Attribute): number {
  return a.index - b.index || a.name.length - b.name.length || Buffer.compare(a.name, b.name);
}

function spaceOf(attributes: readonly Attribute[]): number {
  const each = attributes.map(({ name, value }) => entryBytes + padded(name.length) + padded(value.length));
  // Four zero bytes end the entries.
  return each.reduce((sum, bytes) => sum + bytes, 4);
}

function inInode(attributes: readonly Attribute[]): Uint8Array {
  const bytes = Buffer.alloc(inodeRoom);
  bytes.writeUInt32LE(xattrMagic, 0);
  // Values are counted from the first entry.
  writeEntries(bytes, 4, 4, attributes);
  return bytes;
}

function inBlock(attributes: readonly Attribute[], blockBytes: number): Uint8Array {
  const bytes = Buffer.alloc(blockBytes);
  bytes.writeUInt32LE(xattrMagic, 0);
  bytes.writeUInt32LE(1, 4);
  bytes.writeUInt32LE(1, 8);
  const hashes = writeEntries(bytes, blockHeaderBytes, 0, attributes);
  bytes.writeUInt32LE(
    hashes.reduce((hash, one) => (rotate(hash, 16) ^ one) >>> 0, 0),
    12,
  );
  return bytes;
}

/** Entries from the front, values from the back. Returns the hash of each. */
function writeEntries(bytes: Buffer, start: number, origin: number, attributes: readonly Attribute[]): number[] {
  let at = start;
  let end = bytes.length;
  return attributes.map((attribute) => {
    const { index, name, value } = attribute;
    end -= padded(value.length);
    const hash = hashOf(attribute);
    bytes.writeUInt8(name.length, at);
    bytes.writeUInt8(index, at + 1);
    bytes.writeUInt16LE(value.length === 0 ? 0 : end - origin, at + 2);
    bytes.writeUInt32LE(value.length, at + 8);
    bytes.writeUInt32LE(hash, at + 12);
    name.copy(bytes, at + entryBytes);
    bytes.set(value, end);
    at += entryBytes + padded(name.length);
    return hash;
  });
}

/** fs/ext4/xattr.c, ext4_xattr_hash_entry. */
function hashOf({ name, value }: Attribute): number {
  let hash = 0;
  for (const byte of name) hash = (rotate(hash, 5) ^ byte) >>> 0;
  const words = Buffer.alloc(padded(value.length));
  words.set(value);
  for (let at = 0; at < words.length; at += 4) hash = (rotate(hash, 16) ^ words.readUInt32LE(at)) >>> 0;
  return hash;
}

function rotate(value: number, bits: number): number {
  return ((value << bits) | (value >>> (32 - bits))) >>> 0;
}

function padded(bytes: number): number {
  return (bytes + 3) & ~3;
}
