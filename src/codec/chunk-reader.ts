/** Reads exact amounts from a stream of pieces. Holds at most one piece and what was asked for. */
export class ChunkReader {
  /** Bytes taken so far. */
  offset = 0;
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#source = chunks[Symbol.asyncIterator]();
  }

  /** The next piece, not empty, of at most `limit` bytes; undefined at the end. */
  async take(limit: number = Number.MAX_SAFE_INTEGER): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0) {
      const next = await this.#source.next();
      if (next.done === true) return undefined;
      this.#rest = next.value;
    }
    const piece = this.#rest.subarray(0, limit);
    this.#rest = this.#rest.subarray(piece.length);
    this.offset += piece.length;
    return piece;
  }

  /** Exactly `sizeBytes`, or fewer at the end. */
  async read(sizeBytes: number): Promise<Uint8Array> {
    const first = (await this.take(sizeBytes)) ?? new Uint8Array(0);
    if (sizeBytes === 0 || first.length === sizeBytes) return first;
    const parts = [first];
    let have = first.length;
    while (have < sizeBytes) {
      const piece = await this.take(sizeBytes - have);
      if (piece === undefined) break;
      parts.push(piece);
      have += piece.length;
    }
    return Buffer.concat(parts, have);
  }

  /** Gives back the tail of what `take` gave last. */
  unread(tail: Uint8Array): void {
    this.#rest = this.#rest.length === 0 ? tail : Buffer.concat([tail, this.#rest]);
    this.offset -= tail.length;
  }

  /** Returns how many bytes could not be skipped because the end came first. */
  async skip(sizeBytes: number): Promise<number> {
    let left = sizeBytes;
    while (left > 0) {
      const piece = await this.take(left);
      if (piece === undefined) break;
      left -= piece.length;
    }
    return left;
  }

  /** Frees the source without reading it to its end. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }
}
