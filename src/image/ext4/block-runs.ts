import { crc32c } from '../../codec/crc32c.ts';
import { extentMagic, usesExtents } from '../../codec/ext4/format.ts';
import { imageFileError } from '../image-file-error.ts';
import type { Inode } from './inode.ts';
import type { Volume } from './volume.ts';

/** Blocks of a file that lie together. What stands between two runs is a hole. */
export interface BlockRun {
  /** Number of the first block in the file. */
  readonly logical: number;
  readonly start: number;
  readonly blocks: number;
}

const nodeHeaderBytes = 12;
const recordBytes = 12;
const maxDepth = 5;
/** Lengths above this one mean blocks that were reserved and never written: they read as zeros. */
const maxWritten = 32_768;

/**
 * Where the content of an inode lies, in order: by extents, or by the pointers of ext2 and ext3.
 *
 * @throws KilopyError KP4011
 */
export async function* blockRuns(volume: Volume, inode: Inode, entry: string): AsyncGenerator<BlockRun, void> {
  const walk: Walk = { volume, inode, entry, next: 0, end: Math.ceil(inode.sizeBytes / volume.blockBytes) };
  if ((inode.flags & usesExtents) === 0) yield* pointedRuns(walk);
  else yield* extentRuns(walk, inode.block, undefined, inode.at);
}

interface Walk {
  readonly volume: Volume;
  readonly inode: Inode;
  readonly entry: string;
  /** The least logical block that may come now: they only ascend, so that no walk is endless. */
  next: number;
  /** Behind the last block that has content. */
  readonly end: number;
}

async function* extentRuns(
  walk: Walk,
  node: Buffer,
  parentDepth: number | undefined,
  at: number,
): AsyncGenerator<BlockRun, void> {
  const [entries, max, depth] = [node.readUInt16LE(2), node.readUInt16LE(4), node.readUInt16LE(6)];
  const fits = nodeHeaderBytes + max * recordBytes <= node.length;
  if (node.readUInt16LE(0) !== extentMagic || entries > max || !fits || depth > maxDepth)
    throw damaged(walk, at, 'its extents are damaged');
  if (parentDepth !== undefined && (depth !== parentDepth - 1 || entries === 0))
    throw damaged(walk, at, 'its extents are damaged');
  if (parentDepth !== undefined) compareTail(walk, node, nodeHeaderBytes + max * recordBytes, at);
  for (let i = 0; i < entries; i++) {
    const record = nodeHeaderBytes + i * recordBytes;
    const logical = node.readUInt32LE(record);
    if (logical < walk.next) throw damaged(walk, at, 'its extents are not in order');
    if (depth > 0) {
      walk.next = logical;
      const block = node.readUInt32LE(record + 4) + node.readUInt16LE(record + 8) * 2 ** 32;
      const place = placeOf(walk, block, 1, at);
      yield* extentRuns(walk, await walk.volume.image.small(place, walk.volume.blockBytes, walk.entry), depth, place);
      continue;
    }
    const length = node.readUInt16LE(record + 4);
    const blocks = length > maxWritten ? length - maxWritten : length;
    if (blocks === 0) throw damaged(walk, at, 'it has an extent without blocks');
    const start = node.readUInt32LE(record + 8) + node.readUInt16LE(record + 6) * 2 ** 32;
    placeOf(walk, start, blocks, at);
    walk.next = logical + blocks;
    if (length <= maxWritten && logical < walk.end)
      yield { logical, start, blocks: Math.min(blocks, walk.end - logical) };
  }
}

function compareTail(walk: Walk, node: Buffer, tail: number, at: number): void {
  const { seed } = walk.inode;
  if (seed === undefined) return;
  if (tail + 4 > node.length || crc32c(node.subarray(0, tail), seed) !== node.readUInt32LE(tail))
    throw damaged(walk, at, 'the checksum of its extents is wrong');
}

/** Twelve pointers to blocks, and then one each to blocks of pointers one, two and three levels deep. */
async function* pointedRuns(walk: Walk): AsyncGenerator<BlockRun, void> {
  const { block } = walk.inode;
  for (let i = 0; i < 12 && walk.next < walk.end; i++) yield* pointed(walk, block.readUInt32LE(i * 4), 0);
  for (let level = 1; level <= 3 && walk.next < walk.end; level++)
    yield* pointed(walk, block.readUInt32LE((11 + level) * 4), level);
  if (walk.next < walk.end) throw damaged(walk, walk.inode.at, 'it is larger than its pointers reach');
}

async function* pointed(walk: Walk, block: number, level: number): AsyncGenerator<BlockRun, void> {
  const { blockBytes, image } = walk.volume;
  if (block === 0) {
    walk.next += (blockBytes / 4) ** level;
    return;
  }
  const at = placeOf(walk, block, 1, walk.inode.at);
  if (level === 0) {
    yield { logical: walk.next++, start: block, blocks: 1 };
    return;
  }
  const pointers = Buffer.from(await image.small(at, blockBytes, walk.entry));
  for (let i = 0; i < blockBytes && walk.next < walk.end; i += 4)
    yield* pointed(walk, pointers.readUInt32LE(i), level - 1);
}

/** Place in the image of blocks that must be inside the file system. */
function placeOf(walk: Walk, start: number, blocks: number, at: number): number {
  if (start < 1 || start + blocks > walk.volume.blocks)
    throw damaged(walk, at, 'its blocks are not in the file system');
  return start * walk.volume.blockBytes;
}

function damaged({ volume, entry }: Walk, at: number, message: string): Error {
  return imageFileError('KP4011', volume.image.place(at, entry), message);
}
