import { crc16 } from '../../codec/crc16.ts';
import { crc32c } from '../../codec/crc32c.ts';
import { features, hasSuperblock, magic, sb, superblockAt } from '../../codec/ext4/format.ts';
import { incompatibleRead, readOnlyRead, readSb, unreadFeatures } from '../../codec/ext4/read-format.ts';
import type { ImageBytes } from '../image-bytes.ts';
import { imageFileError } from '../image-file-error.ts';

/** What the superblock of ext2, ext3 or ext4 says. */
export interface Volume {
  readonly image: ImageBytes;
  readonly blockBytes: number;
  readonly blocks: number;
  readonly firstBlock: number;
  readonly blocksPerGroup: number;
  readonly inodes: number;
  readonly inodesPerGroup: number;
  readonly inodeBytes: number;
  readonly descriptorBytes: number;
  readonly hasTypes: boolean;
  /** Where the checksums of metadata begin; undefined: there are none. */
  readonly seed: number | undefined;
  /** For a group by its number: the block of its first inode. */
  readonly inodeTable: (group: number) => Promise<number>;
}

const superblockBytes = 1024;

/** @throws KilopyError KP4011 for contradictions, KP4012 for features that are not read */
export async function openVolume(image: ImageBytes): Promise<Volume> {
  const bytes = await image.small(superblockAt, superblockBytes);
  const number = (at: number): number => bytes.readUInt32LE(at);
  const fail = (message: string): Error => imageFileError('KP4011', image.place(superblockAt), message);
  if (bytes.readUInt16LE(sb.magic) !== magic) throw fail('this is no ext4 file system');
  const isOld = number(sb.revision) === 0;
  const incompatible = isOld ? 0 : number(sb.incompatible);
  const readOnly = isOld ? 0 : number(sb.readOnlyCompatible);
  const unread = unreadFeatures(incompatible);
  if (unread.length > 0)
    throw imageFileError('KP4012', image.place(superblockAt), `the image uses ${unread.join(', ')}, which is not read`);
  const hasChecksums = (readOnly & readOnlyRead.checksums) !== 0;
  if (hasChecksums && crc32c(bytes.subarray(0, readSb.checksum)) !== number(readSb.checksum))
    throw fail('the checksum of the superblock is wrong');
  const logBlock = number(sb.logBlockSize);
  if (logBlock > 6) throw fail(`its block size is 2 to the power of ${String(logBlock + 10)}`);
  const blockBytes = 1024 * 2 ** logBlock;
  const isWide = (incompatible & incompatibleRead.wide) !== 0;
  const blocks = number(sb.blocks) + (isWide ? number(readSb.blocksHigh) * 2 ** 32 : 0);
  const descriptorBytes = isWide ? bytes.readUInt16LE(readSb.descriptorBytes) : 32;
  const inodeBytes = isOld ? 128 : bytes.readUInt16LE(sb.inodeSize);
  const facts = {
    image,
    blockBytes,
    blocks,
    firstBlock: number(sb.firstDataBlock),
    blocksPerGroup: number(sb.blocksPerGroup),
    inodes: number(sb.inodes),
    inodesPerGroup: number(readSb.inodesPerGroup),
    inodeBytes,
    descriptorBytes,
    hasTypes: (incompatible & features.incompatible.fileType) !== 0,
    seed: hasChecksums ? seedOf(bytes, incompatible) : undefined,
  };
  if (facts.blocksPerGroup === 0 || facts.inodesPerGroup === 0 || facts.firstBlock > 1 || blocks <= facts.firstBlock)
    throw fail('its sizes contradict each other');
  if (![128, 256, 512, 1024, 2048, 4096].includes(inodeBytes) || inodeBytes > blockBytes)
    throw fail(`its inodes have ${String(inodeBytes)} bytes`);
  if (isWide ? descriptorBytes < 64 || descriptorBytes > 1024 || blockBytes % descriptorBytes !== 0 : false)
    throw fail(`its group descriptors have ${String(descriptorBytes)} bytes`);
  if (blocks * blockBytes > image.sizeBytes) {
    const why = `the image is cut short: it has ${String(image.sizeBytes)} bytes, and its file system ${String(blocks * blockBytes)}`;
    throw imageFileError('KP4011', image.place(superblockAt), why);
  }
  const groupChecksums = hasChecksums ? 'crc32c' : (readOnly & readOnlyRead.groupChecksums) === 0 ? undefined : 'crc16';
  const firstMeta =
    (incompatible & incompatibleRead.metaGroups) === 0 ? Number.POSITIVE_INFINITY : number(readSb.firstMetaGroup);
  const uuid = Buffer.from(bytes.subarray(sb.uuid, sb.uuid + 16));
  return { ...facts, inodeTable: (group) => readInodeTable(facts, group, firstMeta, groupChecksums, uuid) };
}

function seedOf(bytes: Buffer, incompatible: number): number {
  if ((incompatible & incompatibleRead.checksumSeed) !== 0) return bytes.readUInt32LE(readSb.checksumSeed);
  return crc32c(bytes.subarray(sb.uuid, sb.uuid + 16));
}

type Facts = Omit<Volume, 'inodeTable'>;

/** Group descriptors stand behind the superblock, or (feature meta_bg) at the beginning of their own groups. */
async function readInodeTable(
  volume: Facts,
  group: number,
  firstMeta: number,
  checksums: 'crc32c' | 'crc16' | undefined,
  uuid: Uint8Array,
): Promise<number> {
  const { image, blockBytes, firstBlock, blocksPerGroup, descriptorBytes } = volume;
  const perBlock = blockBytes / descriptorBytes;
  const index = Math.floor(group / perBlock);
  const first = index * perBlock;
  const block =
    index < firstMeta ? firstBlock + 1 + index : firstBlock + first * blocksPerGroup + (hasSuperblock(first) ? 1 : 0);
  const at = block * blockBytes + (group % perBlock) * descriptorBytes;
  const bytes = await image.small(at, descriptorBytes);
  const number = Buffer.alloc(4);
  number.writeUInt32LE(group);
  const found = bytes.readUInt16LE(descriptor.checksum);
  const copy = Buffer.from(bytes);
  if (checksums === 'crc32c') {
    copy.writeUInt16LE(0, descriptor.checksum);
    if ((crc32c(copy, crc32c(number, volume.seed)) & 0xffff) !== found) throw wrongChecksum(image, at);
  } else if (checksums === 'crc16') {
    const rest = copy.subarray(descriptor.checksum + 2);
    const head = crc16(copy.subarray(0, descriptor.checksum), crc16(number, crc16(uuid)));
    if (crc16(rest, head) !== found) throw wrongChecksum(image, at);
  }
  const high = descriptorBytes > 32 ? bytes.readUInt32LE(descriptor.inodeTableHigh) : 0;
  return bytes.readUInt32LE(descriptor.inodeTable) + high * 2 ** 32;
}

/** Offsets in a group descriptor. */
const descriptor = { inodeTable: 8, checksum: 0x1e, inodeTableHigh: 0x28 } as const;

function wrongChecksum(image: ImageBytes, at: number): Error {
  return imageFileError('KP4011', image.place(at), 'the checksum of a group descriptor is wrong');
}
