/** A file that boots, or that is booted from, before it is written. */
export interface Part {
  /** Of the file. */
  readonly name: string;
  /** For a person. */
  readonly what: string;
  readonly sizeBytes: number;
  /** The bytes, as often as they are wanted. */
  open(): AsyncIterable<Uint8Array>;
}

export function bytesPart(name: string, what: string, bytes: Uint8Array): Part {
  return {
    name,
    what,
    sizeBytes: bytes.length,
    async *open() {
      yield await Promise.resolve(bytes);
    },
  };
}
