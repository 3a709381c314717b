import { databaseHeader, wordTypes } from './adb-format.ts';
import type { AdbWord } from './adb-view.ts';

/** A value to write. What is absent, an empty text and an empty list are all the null word, as in apk. */
export type AdbInput = undefined | number | bigint | string | Uint8Array | AdbArray | AdbObject | AdbUnique;

/** Items that are absent are left out. */
export interface AdbArray {
  readonly array: readonly AdbInput[];
}

/** Values by field number. */
export interface AdbObject {
  readonly fields: Readonly<Record<number, AdbInput>>;
}

/** Bytes with a place of their own, so that they can be changed afterwards. */
export interface AdbUnique {
  readonly unique: Uint8Array;
}

export interface WrittenDatabase {
  readonly bytes: Uint8Array;
  /** Where the contents of `unique` values begin, in the order of writing. */
  readonly uniqueAt: readonly number[];
}

const inlineLimit = 0x10000000;

/**
 * Writes a database block (without its block header) as apk does: values before what refers to them, fields in the
 * order of their numbers, equal bytes only once.
 */
export function writeDatabase(root: AdbInput): WrittenDatabase {
  const parts: Uint8Array[] = [new Uint8Array(databaseHeader.bytes)];
  const places = new Map<string, number>();
  const uniqueAt: number[] = [];
  let sizeBytes: number = databaseHeader.bytes;

  function append(bytes: Uint8Array, alignment: number): number {
    const padding = (alignment - (sizeBytes % alignment)) % alignment;
    const at = sizeBytes + padding;
    parts.push(new Uint8Array(padding), bytes);
    sizeBytes = at + bytes.length;
    if (sizeBytes >= inlineLimit) throw new RangeError('an ADB database has at most 256 MiB');
    return at;
  }

  function place(bytes: Uint8Array, alignment: number): number {
    const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    const known = places.get(key);
    if (known !== undefined && known % alignment === 0) return known;
    const at = append(bytes, alignment);
    places.set(key, at);
    return at;
  }

  function write(input: AdbInput): AdbWord {
    if (input === undefined) return 0;
    if (typeof input === 'number' || typeof input === 'bigint') return writeInt(BigInt(input));
    if (typeof input === 'string') return writeBlob(Buffer.from(input, 'utf8'));
    if (input instanceof Uint8Array) return writeBlob(input);
    if ('unique' in input) return writeUnique(input.unique);
    if ('array' in input)
      return writeList(
        input.array.map(write).filter((word) => word !== 0),
        wordTypes.array,
      );
    return writeList(fieldWords(input.fields), wordTypes.object);
  }

  function fieldWords(fields: AdbObject['fields']): AdbWord[] {
    const words: AdbWord[] = [];
    for (const [number, input] of Object.entries(fields)) {
      const word = write(input);
      if (word === 0) continue;
      while (words.length < Number(number)) words.push(0);
      words[Number(number) - 1] = word;
    }
    return words;
  }

  function writeInt(value: bigint): AdbWord {
    if (value < BigInt(inlineLimit)) return makeWord(wordTypes.int, Number(value));
    const bytes = Buffer.alloc(value < 2n ** 32n ? 4 : 8);
    if (bytes.length === 4) bytes.writeUInt32LE(Number(value), 0);
    else bytes.writeBigUInt64LE(value, 0);
    return makeWord(bytes.length === 4 ? wordTypes.int32 : wordTypes.int64, place(bytes, 4));
  }

  function writeBlob(content: Uint8Array): AdbWord {
    if (content.length === 0) return 0;
    const { head, type } = blobHead(content.length);
    return makeWord(type, place(Buffer.concat([head, content]), head.length));
  }

  function writeUnique(content: Uint8Array): AdbWord {
    const { head, type } = blobHead(content.length);
    const at = append(Buffer.concat([head, content]), head.length);
    uniqueAt.push(at + head.length);
    return makeWord(type, at);
  }

  function writeList(words: readonly AdbWord[], type: number): AdbWord {
    if (words.length === 0) return 0;
    const bytes = Buffer.alloc(4 * (words.length + 1));
    bytes.writeUInt32LE(words.length + 1, 0);
    for (const [index, word] of words.entries()) bytes.writeUInt32LE(word, 4 * (index + 1));
    return makeWord(type, place(bytes, 4));
  }

  const rootWord = write(root);
  const bytes = Buffer.concat(parts, sizeBytes);
  bytes.writeUInt32LE(rootWord, databaseHeader.rootAt);
  return { bytes, uniqueAt };
}

function makeWord(type: number, payload: number): AdbWord {
  return type * inlineLimit + payload;
}

function blobHead(sizeBytes: number): { readonly head: Buffer; readonly type: number } {
  if (sizeBytes <= 0xff) return { head: Buffer.of(sizeBytes), type: wordTypes.blob8 };
  const head = Buffer.alloc(sizeBytes <= 0xffff ? 2 : 4);
  head.writeUIntLE(sizeBytes, 0, head.length);
  return { head, type: head.length === 2 ? wordTypes.blob16 : wordTypes.blob32 };
}
