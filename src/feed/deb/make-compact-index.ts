import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Limits } from '../../io/limits.ts';
import { ByteBuilder } from './byte-builder.ts';
import { header, magic } from './compact-index.ts';
import { tagOf } from './index-fields.ts';
import { readPackages } from './read-packages.ts';
import { providedNames } from './relation.ts';

/**
 * Turns a Packages file into the bytes of a compact index, in one pass and in memory of about the size of the answer.
 * Throws KP5054 for what is no such file and KP5055 for more paragraphs than `limits.entries`; `where` is for errors.
 *
 * @param textBytes size of the file, where it is known: saves growing in steps
 */
export async function makeCompactIndex(
  chunks: AsyncIterable<Uint8Array>,
  limits: Limits,
  where: string,
  textBytes: number = 0,
): Promise<Uint8Array> {
  const out = new ByteBuilder(Math.max(2 ** 16, Math.min(textBytes, limits.indexBytes)));
  out.text(magic.padEnd(header.sizeBytes, '\0'));
  const starts: number[] = [];
  const names: Postings = new Map();
  const provided: Postings = new Map();
  let recordStart = out.length;
  let name = '';
  let provides = { start: 0, end: 0 };
  let isProvides = false;

  await readPackages(
    chunks,
    {
      field(tag, bytes, start, end) {
        closeLine();
        out.byte(tag);
        isProvides = tag === providesTag;
        if (tag === packageTag) name = bytes.toString('latin1', start, end);
        if (isProvides) provides = { start: out.length, end: out.length + end - start };
        out.bytes(bytes, start, end);
      },
      continued(bytes, start, end) {
        out.byte(0x20);
        out.bytes(bytes, start, end);
        if (isProvides) provides = { start: provides.start, end: out.length };
      },
      endRecord() {
        closeLine();
        const id = starts.push(recordStart) - 1;
        if (id >= limits.entries) throw tooMany(limits, where);
        post(names, name, id);
        if (provides.end > 0) {
          for (const one of providedNames(out.latin1(provides.start, provides.end))) post(provided, one, id);
        }
        recordStart = out.length;
        provides = { start: 0, end: 0 };
      },
    },
    where,
  );

  function closeLine(): void {
    if (out.length > recordStart) out.byte(0x0a);
  }

  starts.push(out.length);
  const records = out.length;
  for (const start of starts) out.number(start);
  finish(out, records, starts.length - 1, names, provided);
  return out.finished();
}

const packageTag = tagOf.get('package') ?? 0;
const providesTag = tagOf.get('provides') ?? 0;

/** Most names have one record: a list for each would be most of the memory. */
type Postings = Map<string, number | number[]>;

/** Names are held as one character a byte, so that JavaScript's order of strings is the bytewise one. */
function post(table: Postings, name: string, id: number): void {
  const ids = table.get(name);
  if (ids === undefined) table.set(name, id);
  else if (typeof ids !== 'number') {
    if (ids.at(-1) !== id) ids.push(id);
  } else if (ids !== id) table.set(name, [ids, id]);
}

/** Appends the tables behind the text and fills in the header. */
function finish(out: ByteBuilder, records: number, recordCount: number, names: Postings, provided: Postings): void {
  const blob = new ByteBuilder();
  const postings: number[] = [];
  function table(entries: Postings): number {
    const start = out.length;
    for (const name of [...entries.keys()].sort((a, b) => (a < b ? -1 : 1))) {
      out.number(blob.length);
      out.number(postings.length);
      blob.text(name);
      const ids = entries.get(name) ?? [];
      if (typeof ids === 'number') postings.push(ids);
      else for (const id of ids) postings.push(id);
    }
    out.number(blob.length);
    out.number(postings.length);
    return start;
  }
  const offsets = {
    records,
    recordCount,
    names: table(names),
    nameCount: names.size,
    provided: table(provided),
    providedCount: provided.size,
    postings: out.length,
  };
  for (const id of postings) out.number(id);
  const blobStart = out.length;
  out.bytes(Buffer.from(blob.finished()), 0, blob.length);
  for (const [field, value] of Object.entries({ ...offsets, blob: blobStart, totalBytes: out.length })) {
    out.numberAt(header[field as keyof typeof offsets], value);
  }
}

function tooMany(limits: Limits, where: string): KilopyError {
  return new KilopyError('KP5055', `The index has more than ${String(limits.entries)} packages`, {
    where,
    data: { limit: limits.entries },
  });
}
