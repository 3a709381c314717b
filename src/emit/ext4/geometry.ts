import { descriptorBytes, hasSuperblock, inodeBytes } from '../../codec/ext4/format.ts';

/** How the blocks of a file system are shared out. */
export interface Geometry {
  readonly blockBytes: number;
  readonly blocks: number;
  /** 1 with blocks of 1024 bytes, where the first one is the boot block; else 0. */
  readonly firstBlock: number;
  readonly blocksPerGroup: number;
  readonly inodesPerGroup: number;
  readonly descriptorBlocks: number;
  readonly groups: readonly Group[];
}

export interface Group {
  readonly start: number;
  readonly blocks: number;
  readonly hasSuperblock: boolean;
  readonly blockBitmap: number;
  readonly inodeBitmap: number;
  readonly inodeTable: number;
  /** The first block that is free for content. */
  readonly data: number;
}

/** A file system of at most so many blocks: a last group that has no room for its own tables is left out. */
export function geometryOf(blockBytes: number, blocks: number, inodes: number): Geometry {
  const firstBlock = blockBytes === 1024 ? 1 : 0;
  const blocksPerGroup = blockBytes * 8;
  const count = Math.max(1, Math.ceil((blocks - firstBlock) / blocksPerGroup));
  const inodesPerBlock = blockBytes / inodeBytes;
  const step = Math.max(8, inodesPerBlock);
  const inodesPerGroup = Math.max(step, Math.ceil(Math.ceil(inodes / count) / step) * step);
  const descriptorBlocks = Math.ceil((count * descriptorBytes) / blockBytes);
  const groups: Group[] = [];
  for (let index = 0; index < count; index++) {
    const start = firstBlock + index * blocksPerGroup;
    const copy = hasSuperblock(index);
    const blockBitmap = start + (copy ? 1 + descriptorBlocks : 0);
    const data = blockBitmap + 2 + inodesPerGroup / inodesPerBlock;
    const groupBlocks = Math.min(blocksPerGroup, blocks - start);
    if (index > 0 && data >= start + groupBlocks) {
      // Without this group the others need not hold as many inodes in each.
      return geometryOf(blockBytes, start, inodes);
    }
    groups.push({
      start,
      blocks: groupBlocks,
      hasSuperblock: copy,
      blockBitmap,
      inodeBitmap: blockBitmap + 1,
      inodeTable: blockBitmap + 2,
      data,
    });
  }
  return { blockBytes, blocks, firstBlock, blocksPerGroup, inodesPerGroup, descriptorBlocks, groups };
}

/** A run of blocks. */
export interface Extent {
  readonly start: number;
  readonly blocks: number;
}

/** Gives out the blocks for content in ascending order, around the tables of the groups. */
export class BlockAllocator {
  readonly #groups: readonly Group[];
  #group = 0;
  #next: number;

  constructor({ groups }: Geometry) {
    this.#groups = groups;
    this.#next = groups[0]?.data ?? 0;
  }

  /** Undefined when there is not enough left. */
  take(blocks: number, maxExtent: number): readonly Extent[] | undefined {
    const extents: Extent[] = [];
    for (let left = blocks; left > 0;) {
      const group = this.#groups[this.#group];
      if (group === undefined) return undefined;
      const room = Math.min(group.start + group.blocks - this.#next, left, maxExtent);
      if (room > 0) extents.push({ start: this.#next, blocks: room });
      left -= Math.max(0, room);
      this.#next += Math.max(0, room);
      if (this.#next >= group.start + group.blocks) {
        this.#group += 1;
        this.#next = this.#groups[this.#group]?.data ?? 0;
      }
    }
    return extents;
  }

  /** Used blocks of a group, its tables with them: always the first ones. */
  usedOf(index: number): number {
    const group = this.#groups[index];
    if (group === undefined) return 0;
    if (index < this.#group) return group.blocks;
    return (index === this.#group ? this.#next : group.data) - group.start;
  }
}
