import type { ImageBytes } from '../image-bytes.ts';
import { imageFileError } from '../image-file-error.ts';
import { zeroPieces } from '../zero-pieces.ts';
import type { FileInode } from './inode.ts';
import type { Metadata } from './metadata.ts';
import type { Superblock } from './superblock.ts';
import { unpackBlock, type PackedBlock } from './unpack-block.ts';

const plainBit = 0x100_0000;
const fragmentRecordBytes = 16;

/** Contents of files; the block of fragments that was read last is kept, because the ends of small files share one. */
export class SquashfsContents {
  readonly #image: ImageBytes;
  readonly #metadata: Metadata;
  readonly #superblock: Superblock;
  #fragments: { readonly index: number; readonly bytes: Uint8Array } | undefined;

  constructor(metadata: Metadata, superblock: Superblock) {
    this.#image = metadata.image;
    this.#metadata = metadata;
    this.#superblock = superblock;
  }

  /** @throws KilopyError KP4011 */
  async *open(inode: FileInode, entry: string): AsyncGenerator<Uint8Array, void> {
    const { blockBytes, compressor } = this.#superblock;
    let at = inode.start;
    let left = inode.sizeBytes;
    for (const size of inode.blocks) {
      const wanted = Math.min(left, blockBytes);
      left -= wanted;
      if (size === 0) {
        yield* zeroPieces(wanted);
        continue;
      }
      const block = packed(size, at, entry);
      at += block.sizeBytes;
      const bytes = await unpackBlock(this.#image, compressor, block, blockBytes);
      if (bytes.length !== wanted) throw this.#damaged(block.at, entry, 'a block of a file is too short or too long');
      yield bytes;
    }
    if (inode.fragment === undefined || left === 0) return;
    const { index, offset } = inode.fragment;
    const bytes = await this.#fragment(index, entry);
    if (offset + left > bytes.length)
      throw this.#damaged(inode.start, entry, 'the end of a file is not in its fragment');
    yield bytes.subarray(offset, offset + left);
  }

  async #fragment(index: number, entry: string): Promise<Uint8Array> {
    if (this.#fragments?.index === index) return this.#fragments.bytes;
    const { fragmentTable, compressor, blockBytes } = this.#superblock;
    const record = await this.#metadata.record(fragmentTable, index, fragmentRecordBytes, entry);
    const block = packed(record.readUInt32LE(8), Number(record.readBigUInt64LE(0)), entry);
    const bytes = await unpackBlock(this.#image, compressor, block, blockBytes);
    this.#fragments = { index, bytes };
    return bytes;
  }

  #damaged(at: number, entry: string, message: string): Error {
    return imageFileError('KP4011', this.#image.place(at, entry), message);
  }
}

function packed(size: number, at: number, entry: string): PackedBlock {
  return { at, sizeBytes: size % plainBit, isPacked: (size & plainBit) === 0, entry };
}
