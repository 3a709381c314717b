import { KilopyError } from '../../errors/kilopy-error.ts';
import { tagOf, type IndexField } from './index-fields.ts';

/** Receives the kept fields of a Packages file, in order. Bytes are only lent for the time of the call. */
export interface PackagesSink {
  /** The first line of a value, without blanks around it. */
  field(tag: number, bytes: Buffer, start: number, end: number): void;
  /** A further line of the last value. */
  continued(bytes: Buffer, start: number, end: number): void;
  endRecord(): void;
}

/** Longest line that is taken: the longest of Debian has some 100 KB. */
const longestLineBytes = 4 * 2 ** 20;

/**
 * Reads a Packages file (deb822) as bytes, line by line in bounded memory: 65 000 packages have 1.3 million lines, of
 * which most are not kept, and strings of them all would cost seconds. Throws KP5054; `where` is for errors.
 */
export async function readPackages(
  chunks: AsyncIterable<Uint8Array>,
  sink: PackagesSink,
  where: string,
): Promise<void> {
  const reader = new PackagesReader(sink, where);
  for await (const chunk of chunks) reader.push(chunk);
  reader.end();
}

class PackagesReader {
  private readonly sink: PackagesSink;
  private readonly where: string;
  private rest: Buffer = Buffer.alloc(0);
  private lineNumber = 0;
  /** One bit for each kept field that the paragraph has had. */
  private seen = 0;
  private inParagraph = false;
  private keepsField = false;

  constructor(sink: PackagesSink, where: string) {
    this.sink = sink;
    this.where = where;
  }

  push(chunk: Uint8Array): void {
    const view = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const bytes = this.rest.length === 0 ? view : Buffer.concat([this.rest, view]);
    let start = 0;
    for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, start)) {
      this.line(bytes, start, end);
      start = end + 1;
    }
    if (bytes.length - start > longestLineBytes) throw this.fault('a line is longer than 4 MiB');
    this.rest = Buffer.from(bytes.subarray(start));
  }

  end(): void {
    if (this.rest.length > 0) this.line(this.rest, 0, this.rest.length);
    this.endParagraph();
  }

  private line(bytes: Buffer, lineStart: number, lineEnd: number): void {
    this.lineNumber += 1;
    const startsBlank = isBlank(bytes[lineStart]) && lineStart < lineEnd;
    let start = lineStart;
    let end = lineEnd;
    while (end > start && isBlank(bytes[end - 1])) end -= 1;
    if (end === start) {
      this.endParagraph();
    } else if (startsBlank) {
      if (!this.inParagraph) throw this.fault('a paragraph starts with a continued line');
      if (!this.keepsField) return;
      while (isBlank(bytes[start])) start += 1;
      this.sink.continued(bytes, start, end);
    } else {
      this.field(bytes, start, end);
    }
  }

  private field(bytes: Buffer, start: number, end: number): void {
    let colon = start;
    while (colon < end && bytes[colon] !== colonByte) colon += 1;
    if (colon === end || colon === start) throw this.fault('a line is not a field');
    this.inParagraph = true;
    const kept = keptField(bytes, start, colon);
    this.keepsField = kept !== undefined;
    if (kept === undefined) return;
    if ((this.seen & kept.bit) !== 0) throw this.fault(`${kept.name} stands twice in a paragraph`);
    this.seen |= kept.bit;
    let value = colon + 1;
    while (value < end && isBlank(bytes[value])) value += 1;
    this.sink.field(kept.tag, bytes, value, end);
  }

  private endParagraph(): void {
    if (!this.inParagraph) return;
    if ((this.seen & requiredBits) !== requiredBits) {
      throw this.fault('a paragraph has no Package, Version or Architecture');
    }
    this.sink.endRecord();
    this.seen = 0;
    this.inParagraph = false;
    this.keepsField = false;
  }

  private fault(why: string): KilopyError {
    return new KilopyError('KP5054', 'The index of packages cannot be read', {
      where: { file: this.where, line: this.lineNumber },
      why: `At line ${String(this.lineNumber)}, ${why}.`,
    });
  }
}

const newline = 0x0a;
const colonByte = 0x3a;

interface KeptField {
  readonly name: IndexField;
  readonly tag: number;
  readonly bit: number;
  readonly lowerCase: Buffer;
}

const keptFields: readonly KeptField[] = [...tagOf].map(([name, tag], index) => ({
  name,
  tag,
  bit: 2 ** index,
  lowerCase: Buffer.from(name),
}));

const keptByLength: readonly (readonly KeptField[])[] = Array.from({ length: 16 }, (_, length) =>
  keptFields.filter((field) => field.lowerCase.length === length),
);

const requiredBits: number = keptFields
  .filter(({ name }) => name === 'package' || name === 'version' || name === 'architecture')
  .reduce((bits, { bit }) => bits | bit, 0);

function keptField(bytes: Buffer, start: number, end: number): KeptField | undefined {
  const candidates = keptByLength[end - start] ?? [];
  for (const field of candidates) {
    const { lowerCase } = field;
    let index = 0;
    // Setting bit 5 makes capitals small and leaves hyphens as they are.
    while (index < lowerCase.length && ((bytes[start + index] ?? 0) | 0x20) === lowerCase[index]) index += 1;
    if (index === lowerCase.length) return field;
  }
  return undefined;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d;
}
