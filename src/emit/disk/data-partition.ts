import type { Tree } from '../../tree/node.ts';
import type { BlobSource } from '../../values/blob.ts';
import { planExt4, type Ext4Options, type Ext4Plan } from '../ext4/plan-ext4.ts';
import { writeExt4 } from '../ext4/write-ext4.ts';
import { nameUuid } from '../name-uuid.ts';

export interface DataPartition {
  /** Name of the image; two images of one name have the same identifiers. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly timeSeconds: number;
  /** What is in it at the beginning: at least its root, whose owner may write there. */
  readonly tree: Tree;
  /** A file takes all the room that is left, to try out what an application then does. */
  readonly isFull?: boolean | undefined;
}

/** The smallest journal that the kernel takes (JBD2_MIN_JOURNAL_BLOCKS). */
const journalBlocks = 1024;
/** As mke2fs has it: one file for so many bytes. */
const bytesPerInode = 16_384;
/** From here on blocks of 1 KiB are not worth their tables. */
const largeBytes = 256 * 1024 * 1024;

/**
 * A file system for data: ext4 with a journal, so that a power cut leaves it as it was at the last sync.
 *
 * @throws KilopyError KP8012 when the tree does not fit
 */
export function writeDataPartition(
  { name, sizeBytes, timeSeconds, tree, isFull = false }: DataPartition,
  blobs: BlobSource,
): AsyncIterable<Uint8Array> {
  const options: Ext4Options = {
    sizeBytes,
    inodes: Math.max(Math.ceil(sizeBytes / bytesPerInode), tree.size + 16),
    blockBytes: sizeBytes < largeBytes ? 1024 : 4096,
    journalBlocks,
    uuid: nameUuid(`data ${name}`),
    hashSeed: nameUuid(`names of data ${name}`),
    label: 'data',
    timeSeconds,
  };
  const plan = planExt4(tree, options);
  if (!isFull) return writeExt4(plan, blobs);
  return writeExt4(planExt4(filled(tree, freeBytes(plan)), options), withZeros(blobs));
}

function freeBytes({ geometry, usedBlocks }: Ext4Plan): number {
  const blocks = geometry.groups.reduce((sum, group, i) => sum + group.blocks - (usedBlocks[i] ?? 0), 0);
  return blocks * geometry.blockBytes;
}

const zerosDigest = `sha256:${'0'.repeat(64)}` as const;

/** Blocks of its own that the file may need to say where it lies. */
const spareBytes = 16_384;

function filled(tree: Tree, sizeBytes: number): Tree {
  const top = tree.get('');
  if (top === undefined) throw new TypeError('a tree without a root');
  const content = { digest: zerosDigest, sizeBytes: Math.max(1, sizeBytes - spareBytes) };
  return new Map([...tree, ['full', { ...top, type: 'file', path: 'full', mode: 0o644, content }]]);
}

/** The content of that file is made, not kept. */
function withZeros(blobs: BlobSource): BlobSource {
  return {
    has: async (digest) => digest === zerosDigest || (await blobs.has(digest)),
    read: async (ref) => (ref.digest === zerosDigest ? new Uint8Array(ref.sizeBytes) : await blobs.read(ref)),
    open: (ref) => (ref.digest === zerosDigest ? zeros(ref.sizeBytes) : blobs.open(ref)),
  };
}

async function* zeros(sizeBytes: number): AsyncGenerator<Uint8Array> {
  for (let left = sizeBytes; left > 0; left -= 65_536)
    yield await Promise.resolve(new Uint8Array(Math.min(left, 65_536)));
}
