import type { OpenFile } from '../io/file-system.ts';
import { imageFileError, type ImagePlace } from './image-file-error.ts';

const pageBytes = 2 ** 16;
const maxPages = 64;

/** An image on disk, of which any part can be read. Small parts go through a cache of a few megabytes. */
export class ImageBytes {
  readonly source: string;
  readonly format: string;
  readonly sizeBytes: number;
  readonly #file: OpenFile;
  readonly #pages = new Map<number, Promise<Buffer>>();

  constructor(file: OpenFile, source: string, format: string) {
    this.#file = file;
    this.sizeBytes = file.sizeBytes;
    this.source = source;
    this.format = format;
  }

  place(offset?: number, entry?: string): ImagePlace {
    return { source: this.source, format: this.format, offset, entry };
  }

  /**
   * Tables and inodes; the bytes belong to the cache and are not to be changed.
   *
   * @throws KilopyError KP4011 where the image ends before
   */
  async small(at: number, lengthBytes: number, entry?: string): Promise<Buffer> {
    this.#check(at, lengthBytes, entry);
    const first = Math.floor(at / pageBytes);
    const page = await this.#page(first);
    const inside = at - first * pageBytes;
    if (inside + lengthBytes <= page.length) return page.subarray(inside, inside + lengthBytes);
    return this.#file.read(at, lengthBytes);
  }

  /** Contents, past the cache. */
  async large(at: number, lengthBytes: number, entry?: string): Promise<Buffer> {
    this.#check(at, lengthBytes, entry);
    return this.#file.read(at, lengthBytes);
  }

  #check(at: number, lengthBytes: number, entry: string | undefined): void {
    if (at >= 0 && lengthBytes >= 0 && at + lengthBytes <= this.sizeBytes) return;
    const why = `the image is cut short: it has ${String(this.sizeBytes)} bytes, and ${String(at + lengthBytes)} are needed`;
    throw imageFileError('KP4011', this.place(at, entry), why);
  }

  #page(number: number): Promise<Buffer> {
    const known = this.#pages.get(number);
    if (known !== undefined) return known;
    const [oldest] = this.#pages.keys();
    if (this.#pages.size >= maxPages && oldest !== undefined) this.#pages.delete(oldest);
    const page = this.#file.read(number * pageBytes, pageBytes);
    this.#pages.set(number, page);
    return page;
  }
}
