import { KilopyError } from '../errors/kilopy-error.ts';

/** One paragraph: values by field name in lower case. Lines of a value are joined by newlines, as they stand. */
export interface Paragraph extends ReadonlyMap<string, string> {
  /** Line of the first field, from 1. */
  readonly line: number;
}

const field = /^([!-9;-~]+):[ \t]*(.*)$/;

/**
 * Parses control data (deb-control(5), deb822(5)): `Name: value` lines, continuation lines that start with a blank,
 * comments from `#` at the start of a line, paragraphs separated by empty lines. A continuation line loses its first
 * blank; ` .` stays, because only some fields read it as an empty line.
 *
 * @param source name of the file, for messages.
 * @throws KP4004 with file and line.
 */
export function parseDeb822(text: string, source: string): Paragraph[] {
  const paragraphs: Paragraph[] = [];
  let current: ParagraphMap | undefined;
  let name: string | undefined;
  let line = 0;
  for (const raw of text.split('\n')) {
    line += 1;
    const content = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (content.startsWith('#')) continue;
    if (content.trim() === '') {
      current = undefined;
      name = undefined;
      continue;
    }
    if (content.startsWith(' ') || content.startsWith('\t')) {
      if (current === undefined || name === undefined)
        throw malformed(source, line, 'a continuation line follows no field');
      current.set(name, `${current.get(name) ?? ''}\n${content.slice(1)}`);
      continue;
    }
    const match = field.exec(content);
    if (match?.[1] === undefined || match[1].startsWith('-'))
      throw malformed(source, line, `this line is not a field: ${clip(content)}`);
    name = match[1].toLowerCase();
    if (current === undefined) {
      current = new ParagraphMap(line);
      paragraphs.push(current);
    }
    if (current.has(name)) throw malformed(source, line, `the field ${match[1]} is there twice`);
    current.set(name, (match[2] ?? '').trimEnd());
  }
  return paragraphs;
}

/** A map that remembers where it began. */
class ParagraphMap extends Map<string, string> implements Paragraph {
  readonly line: number;

  constructor(line: number) {
    super();
    this.line = line;
  }
}

function malformed(file: string, line: number, message: string): KilopyError {
  return new KilopyError('KP4004', `${file}: ${message}`, { where: { file, line }, data: { format: 'deb822', line } });
}

function clip(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}
