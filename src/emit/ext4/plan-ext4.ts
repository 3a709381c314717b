import { encodePath } from '../../codec/path-text.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Tree } from '../../tree/node.ts';
import { draftInodes, type DraftInode } from './draft-inodes.ts';
import { firstInode, inlineExtents, maxExtentBlocks } from '../../codec/ext4/format.ts';
import { BlockAllocator, geometryOf, type Extent, type Geometry } from './geometry.ts';

export interface Ext4Options {
  /** Bytes of the image; absent: as few as the tree needs. */
  readonly sizeBytes?: number | undefined;
  /** Inodes at least; absent: as many as the tree needs. */
  readonly inodes?: number | undefined;
  /** 1024 or 4096; absent: 1024 for trees of less than 32 MiB, which wastes less. */
  readonly blockBytes?: 1024 | 4096 | undefined;
  /** Blocks of a journal, 1024 at least; absent: none, as for a root that is only read. */
  readonly journalBlocks?: number | undefined;
  /** 16 bytes. */
  readonly uuid: Uint8Array;
  readonly hashSeed: Uint8Array;
  /** At most 16 bytes of ASCII. */
  readonly label: string;
  /** Seconds since 1970 of the file system itself. */
  readonly timeSeconds: number;
}

/** An inode with its blocks. */
export interface PlannedInode extends Omit<DraftInode, 'xattrBytes'> {
  readonly xattrBlock: { readonly bytes: Uint8Array; readonly at: number } | undefined;
  readonly extents: readonly Extent[];
  /** Blocks with extents, where the inode has no room for all of them. */
  readonly leaves: readonly number[];
}

export interface Ext4Plan {
  readonly geometry: Geometry;
  readonly options: Ext4Options;
  readonly inodes: readonly PlannedInode[];
  /** Blocks in use, of each group. */
  readonly usedBlocks: readonly number[];
  readonly sizeBytes: number;
}

const smallTree = 32 * 1024 * 1024;

/**
 * Where everything of a tree will be in an ext4 image.
 *
 * @throws KilopyError KP8011 for what ext4 cannot keep, KP8012 when the tree does not fit the size or number of inodes that is given
 */
export function planExt4(tree: Tree, options: Ext4Options): Ext4Plan {
  const blockBytes = options.blockBytes ?? chooseBlockBytes(tree);
  const drafts = draftInodes(tree, blockBytes, options.journalBlocks, options.timeSeconds);
  const needed = Math.max(drafts.at(-1)?.number ?? firstInode, firstInode + 4);
  if (options.inodes !== undefined && needed > options.inodes) {
    throw new KilopyError(
      'KP8012',
      `the tree has ${String(needed)} inodes, and ${String(options.inodes)} are asked for`,
    );
  }
  const inodes = options.inodes ?? needed;
  if (options.sizeBytes !== undefined) {
    const blocks = Math.floor(options.sizeBytes / blockBytes);
    const plan = place(drafts, geometryOf(blockBytes, blocks, inodes), options, options.sizeBytes);
    if (plan !== undefined) return plan;
    const smallest = smallestPlan(drafts, blockBytes, inodes, options);
    throw new KilopyError('KP8012', `the tree does not fit into ${String(options.sizeBytes)} bytes of ext4`, {
      why: `it needs ${String(smallest.sizeBytes)}`,
      data: { sizeBytes: options.sizeBytes, neededBytes: smallest.sizeBytes },
    });
  }
  return smallestPlan(drafts, blockBytes, inodes, options);
}

function chooseBlockBytes(tree: Tree): 1024 | 4096 {
  let bytes = 0;
  for (const node of tree.values()) {
    if (node.type === 'file') bytes += node.content.sizeBytes;
    // The kernel takes no longer target than a block.
    if (node.type === 'symlink' && encodePath(node.target).length >= 1024) return 4096;
  }
  return bytes < smallTree ? 1024 : 4096;
}

function smallestPlan(
  drafts: readonly DraftInode[],
  blockBytes: number,
  inodes: number,
  options: Ext4Options,
): Ext4Plan {
  const content = drafts.reduce((sum, draft) => sum + blocksOf(draft, blockBytes), 0);
  const fits = (blocks: number): Ext4Plan | undefined => {
    const geometry = geometryOf(blockBytes, blocks, inodes);
    return place(drafts, geometry, options, geometry.blocks * blockBytes);
  };
  // Tables take at least this, so that the search begins below the answer; then up by steps, and back.
  let high = content + Math.ceil((inodes * 256) / blockBytes) + 4;
  let plan = fits(high);
  let low = high;
  for (let step = 8; plan === undefined; step *= 2) {
    low = high;
    high += step;
    plan = fits(high);
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const smaller = fits(middle);
    if (smaller === undefined) low = middle;
    else {
      plan = smaller;
      high = middle;
    }
  }
  return plan;
}

function blocksOf({ sizeBytes, content, xattrBytes }: DraftInode, blockBytes: number): number {
  return (content === undefined ? 0 : Math.ceil(sizeBytes / blockBytes)) + (xattrBytes === undefined ? 0 : 1);
}

/** Blocks for everything; undefined when there are not enough. */
function place(
  drafts: readonly DraftInode[],
  geometry: Geometry,
  options: Ext4Options,
  sizeBytes: number,
): Ext4Plan | undefined {
  const { blockBytes } = geometry;
  const [first] = geometry.groups;
  if (first === undefined || first.data > first.start + first.blocks || geometry.inodesPerGroup > blockBytes * 8)
    return undefined;
  const allocator = new BlockAllocator(geometry);
  const inodes: PlannedInode[] = [];
  for (const { xattrBytes, ...draft } of drafts) {
    const blocks = draft.content === undefined ? 0 : Math.ceil(draft.sizeBytes / blockBytes);
    const at = xattrBytes === undefined ? undefined : allocator.take(1, 1);
    const extents = allocator.take(blocks, maxExtentBlocks);
    if (extents === undefined || (xattrBytes !== undefined && at === undefined)) return undefined;
    const perLeaf = Math.floor((blockBytes - 12) / 12);
    const leafCount = extents.length > inlineExtents ? Math.ceil(extents.length / perLeaf) : 0;
    if (leafCount > inlineExtents) return undefined;
    const leaves = allocator.take(leafCount, 1);
    if (leaves === undefined) return undefined;
    const xattrAt = at?.[0]?.start;
    inodes.push({
      ...draft,
      xattrBlock: xattrBytes === undefined || xattrAt === undefined ? undefined : { bytes: xattrBytes, at: xattrAt },
      extents,
      leaves: leaves.map(({ start }) => start),
    });
  }
  const usedBlocks = geometry.groups.map((_, index) => allocator.usedOf(index));
  return { geometry, options, inodes, usedBlocks, sizeBytes };
}
