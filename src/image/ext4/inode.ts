import { crc32c } from '../../codec/crc32c.ts';
import { extraInodeBytes, ino, kinds } from '../../codec/ext4/format.ts';
import { inodeBlockBytes, inodeFlags, readIno } from '../../codec/ext4/read-format.ts';
import { imageFileError } from '../image-file-error.ts';
import type { Volume } from './volume.ts';

export type InodeKind = keyof typeof kinds | 'socket';

export interface Inode {
  readonly number: number;
  readonly kind: InodeKind;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeSeconds: number;
  readonly links: number;
  readonly sizeBytes: number;
  /** In units of 512 bytes. */
  readonly sectors: number;
  readonly flags: number;
  /** Extents, pointers, the target of a link or the number of a device. */
  readonly block: Buffer;
  readonly xattrBlock: number;
  /** Behind the times: extended attributes, where there are any. */
  readonly tail: Buffer;
  /** Where the checksums of its blocks begin; undefined: there are none. */
  readonly seed: number | undefined;
  /** In the image. */
  readonly at: number;
}

const oldInodeBytes = 128;
const socketMode = 0o140000;

/** @throws KilopyError KP4011 for a number that no inode has, for a wrong checksum, and for one that is not in use */
export async function readInode(volume: Volume, number: number, entry: string): Promise<Inode> {
  const { image, inodes, inodesPerGroup, inodeBytes, blockBytes, blocks } = volume;
  const fail = (message: string, at?: number): Error => imageFileError('KP4011', image.place(at, entry), message);
  if (number < 1 || number > inodes) throw fail(`there is no inode ${String(number)}`);
  const table = await volume.inodeTable(Math.floor((number - 1) / inodesPerGroup));
  const offset = ((number - 1) % inodesPerGroup) * inodeBytes;
  if (table === 0 || table * blockBytes + offset + inodeBytes > blocks * blockBytes)
    throw fail('a table of inodes is not inside the file system');
  const at = table * blockBytes + offset;
  const bytes = Buffer.from(await image.small(at, inodeBytes, entry));
  const extra = inodeBytes > oldInodeBytes ? bytes.readUInt16LE(ino.extraBytes) : 0;
  if (oldInodeBytes + extra > inodeBytes || extra % 4 !== 0) throw fail(`inode ${String(number)} is damaged`, at);
  const seed = seedOf(volume, number, bytes);
  if (seed !== undefined)
    compareChecksum(bytes, seed, extra, () => fail(`the checksum of inode ${String(number)} is wrong`, at));
  const mode = bytes.readUInt16LE(ino.mode);
  const kind = kindOf(mode);
  const links = bytes.readUInt16LE(ino.links);
  if (kind === undefined || links === 0) throw fail(`inode ${String(number)} is not in use`, at);
  const flags = bytes.readUInt32LE(ino.flags);
  if ((flags & inodeFlags.encrypted) !== 0) throw imageFileError('KP4012', image.place(at, entry), 'it is encrypted');
  if ((flags & inodeFlags.compressed) !== 0) throw imageFileError('KP4012', image.place(at, entry), 'it is compressed');
  const hasEpoch = extra >= ino.modifyExtra + 4 - oldInodeBytes;
  const epoch = hasEpoch ? bytes.readUInt32LE(ino.modifyExtra) & 3 : 0;
  return {
    number,
    kind,
    mode: mode & 0o7777,
    uid: bytes.readUInt16LE(ino.uid) + bytes.readUInt16LE(ino.uidHigh) * 2 ** 16,
    gid: bytes.readUInt16LE(ino.gid) + bytes.readUInt16LE(ino.gidHigh) * 2 ** 16,
    mtimeSeconds: bytes.readInt32LE(ino.modifyTime) + epoch * 2 ** 32,
    links,
    sizeBytes: bytes.readUInt32LE(ino.size) + bytes.readUInt32LE(ino.sizeHigh) * 2 ** 32,
    sectors: bytes.readUInt32LE(ino.sectors),
    flags,
    block: bytes.subarray(ino.block, ino.block + inodeBlockBytes),
    xattrBlock: bytes.readUInt32LE(ino.xattrBlock) + bytes.readUInt16LE(readIno.xattrBlockHigh) * 2 ** 32,
    tail:
      inodeBytes > oldInodeBytes
        ? bytes.subarray(oldInodeBytes + (extra === 0 ? extraInodeBytes : extra))
        : Buffer.alloc(0),
    seed,
    at,
  };
}

function seedOf({ seed }: Volume, number: number, bytes: Buffer): number | undefined {
  if (seed === undefined) return undefined;
  const own = Buffer.alloc(4);
  own.writeUInt32LE(number);
  return crc32c(bytes.subarray(readIno.generation, readIno.generation + 4), crc32c(own, seed));
}

function compareChecksum(bytes: Buffer, seed: number, extra: number, fail: () => Error): void {
  const hasHigh = extra >= readIno.checksumHigh + 2 - oldInodeBytes;
  const low = bytes.readUInt16LE(readIno.checksum);
  const found = hasHigh ? low + bytes.readUInt16LE(readIno.checksumHigh) * 2 ** 16 : low;
  const plain = Buffer.from(bytes);
  plain.writeUInt16LE(0, readIno.checksum);
  if (hasHigh) plain.writeUInt16LE(0, readIno.checksumHigh);
  const wanted = crc32c(plain, seed);
  if ((hasHigh ? wanted : wanted & 0xffff) !== found) throw fail();
}

function kindOf(mode: number): InodeKind | undefined {
  const type = mode & 0o170000;
  if (type === socketMode) return 'socket';
  const found = Object.entries(kinds).find(([, { mode: bits }]) => bits === type);
  return found?.[0] as InodeKind | undefined;
}
