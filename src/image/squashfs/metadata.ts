import type { ImageBytes } from '../image-bytes.ts';
import { imageFileError } from '../image-file-error.ts';
import type { Superblock } from './superblock.ts';
import { unpackBlock } from './unpack-block.ts';

/** Content of one block of metadata; its two bytes of header have a bit for `not compressed`. */
const metadataBytes = 8192;
const plainBit = 0x8000;
const maxCached = 128;

interface MetadataBlock {
  readonly bytes: Buffer;
  /** Where the next one begins. */
  readonly next: number;
}

/** Blocks of metadata: inodes, directories and tables stand in them without regard to where one ends. */
export class Metadata {
  readonly image: ImageBytes;
  readonly #compressor: Superblock['compressor'];
  readonly #cache = new Map<number, MetadataBlock>();

  constructor(image: ImageBytes, { compressor }: Superblock) {
    this.image = image;
    this.#compressor = compressor;
  }

  /** @param at of a block in the image; @param offset in its content */
  cursor(at: number, offset: number, entry?: string): MetadataCursor {
    return new MetadataCursor(this, at, offset, entry);
  }

  /**
   * One record of a table whose blocks are listed at its place: 8 bytes for each block.
   *
   * @throws KilopyError KP4011
   */
  async record(table: number, index: number, recordBytes: number, entry?: string): Promise<Buffer> {
    const perBlock = metadataBytes / recordBytes;
    const pointer = await this.image.small(table + Math.floor(index / perBlock) * 8, 8, entry);
    const at = Number(pointer.readBigUInt64LE(0));
    return this.cursor(at, (index % perBlock) * recordBytes, entry).read(recordBytes);
  }

  async block(at: number, entry: string | undefined): Promise<MetadataBlock> {
    const known = this.#cache.get(at);
    if (known !== undefined) return known;
    const header = (await this.image.small(at, 2, entry)).readUInt16LE(0);
    const sizeBytes = header & (plainBit - 1);
    const packed = { at: at + 2, sizeBytes, isPacked: (header & plainBit) === 0, entry };
    const bytes = await unpackBlock(this.image, this.#compressor, packed, metadataBytes);
    const block = { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), next: at + 2 + sizeBytes };
    const [oldest] = this.#cache.keys();
    if (this.#cache.size >= maxCached && oldest !== undefined) this.#cache.delete(oldest);
    this.#cache.set(at, block);
    return block;
  }
}

/** Reads on from a place in the metadata. */
export class MetadataCursor {
  readonly #metadata: Metadata;
  readonly #entry: string | undefined;
  #at: number;
  #offset: number;

  constructor(metadata: Metadata, at: number, offset: number, entry: string | undefined) {
    this.#metadata = metadata;
    this.#at = at;
    this.#offset = offset;
    this.#entry = entry;
  }

  async read(sizeBytes: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let left = sizeBytes; left > 0;) {
      const { bytes, next } = await this.#metadata.block(this.#at, this.#entry);
      const part = bytes.subarray(this.#offset, this.#offset + left);
      if (part.length === 0 && this.#offset > bytes.length) throw this.#damaged();
      parts.push(part);
      left -= part.length;
      this.#offset += part.length;
      if (this.#offset < bytes.length) continue;
      // Only the last block of a table may have less than 8 KiB; an empty one would never end.
      if (left > 0 && bytes.length < metadataBytes) throw this.#damaged();
      this.#at = next;
      this.#offset = 0;
    }
    return parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts);
  }

  #damaged(): Error {
    return imageFileError('KP4011', this.#metadata.image.place(this.#at, this.#entry), 'a table ends too early');
  }
}
