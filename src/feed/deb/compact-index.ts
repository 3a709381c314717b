import { fieldOfTag, type IndexField } from './index-fields.ts';

/**
 * A Packages file in a form that is looked up where it lies: opening 65 000 packages costs reading the bytes, and only
 * packages that are asked for are decoded. All numbers are 32 bits, little endian:
 *
 *     header   magic, then the offsets and counts in `header`
 *     text     records; a record is lines of one tag byte (index-fields.ts), the value, and a newline
 *     records  offset of each record in the text, one more at the end
 *     2 tables (names of packages, provided names), bytewise sorted: for each name its offset in the blob of names and of
 *              its first posting, one more pair at the end
 *     postings record numbers, in index order
 *     blob     the names
 */
export interface CompactIndex {
  readonly recordCount: number;
  /** Numbers of the records of that package, in index order. */
  named(name: string): readonly number[];
  /** Numbers of the records that provide the name, in index order. */
  providing(name: string): readonly number[];
  names(): Iterable<string>;
  record(id: number): ReadonlyMap<IndexField, string>;
}

/** Part of the key in the store: an index of another form is not found, and made anew. */
export const compactIndexVersion = '1';

export const magic = 'kpdebix1';

/** Byte offsets of the numbers in the header. */
export const header = {
  totalBytes: 8,
  recordCount: 12,
  records: 16,
  nameCount: 20,
  names: 24,
  providedCount: 28,
  provided: 32,
  postings: 36,
  blob: 40,
  sizeBytes: 44,
} as const;

/** Undefined when the bytes are not a compact index of this version, whole. */
export function openCompactIndex(content: Uint8Array): CompactIndex | undefined {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  if (bytes.length < header.sizeBytes || bytes.toString('latin1', 0, magic.length) !== magic) return undefined;
  const number = (offset: number): number => bytes.readUInt32LE(offset);
  if (number(header.totalBytes) !== bytes.length) return undefined;

  const records = number(header.records);
  const recordCount = number(header.recordCount);
  const postings = number(header.postings);
  const blob = number(header.blob);
  const packageNames: NameTable = { start: number(header.names), count: number(header.nameCount) };
  const provided: NameTable = { start: number(header.provided), count: number(header.providedCount) };

  function lookUp(table: NameTable, name: string): readonly number[] {
    const wanted = Buffer.from(name, 'utf8');
    let low = 0;
    let high = table.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = table.start + 8 * middle;
      const order = bytes.compare(wanted, 0, wanted.length, blob + number(entry), blob + number(entry + 8));
      if (order === 0) return Array.from(postingsOf(entry));
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return [];
  }

  function* postingsOf(entry: number): Generator<number> {
    for (let at = number(entry + 4); at < number(entry + 12); at += 1) yield number(postings + 4 * at);
  }

  return {
    recordCount,
    named: (name) => lookUp(packageNames, name),
    providing: (name) => lookUp(provided, name),
    *names() {
      for (let index = 0; index < packageNames.count; index += 1) {
        const entry = packageNames.start + 8 * index;
        yield bytes.toString('utf8', blob + number(entry), blob + number(entry + 8));
      }
    },
    record(id) {
      if (id >= recordCount) throw new RangeError(`no record ${String(id)} in the index`);
      const text = bytes.toString('utf8', number(records + 4 * id), number(records + 4 * id + 4));
      const fields = new Map<IndexField, string>();
      for (const line of text.split('\n')) {
        const field = fieldOfTag.get(line.charAt(0));
        if (field !== undefined) fields.set(field, line.slice(1));
      }
      return fields;
    },
  };
}

interface NameTable {
  readonly start: number;
  readonly count: number;
}
