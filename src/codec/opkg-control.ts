import type { Paragraph } from './deb822.ts';

/**
 * Control data as opkg reads it (libopkg, pkg_parse.c): like deb822, but nothing is an error. Descriptions of real feeds
 * hold empty lines, so that the rest of them stands alone; a paragraph without `Package` is left out. Of a field that is
 * there twice the last counts, and only Conffiles and Description go on over several lines.
 */
export function parseOpkgControl(text: string): Paragraph[] {
  const paragraphs: Paragraph[] = [];
  let fields: LooseParagraph | undefined;
  let current: string | undefined;
  let line = 0;
  for (const raw of text.split('\n')) {
    line += 1;
    if (raw.trim() === '') {
      fields = undefined;
      current = undefined;
      continue;
    }
    if (raw.startsWith(' ') || raw.startsWith('\t')) {
      if (fields !== undefined && current !== undefined)
        fields.set(current, `${fields.get(current) ?? ''}\n${raw.slice(1)}`);
      continue;
    }
    const colon = raw.indexOf(':');
    if (colon === -1) continue;
    const name = raw.slice(0, colon).toLowerCase();
    if (name === 'package') {
      fields = new LooseParagraph(line);
      paragraphs.push(fields);
    }
    fields?.set(name, raw.slice(colon + 1).trim());
    current = name === 'conffiles' || name === 'description' ? name : undefined;
  }
  return paragraphs;
}

class LooseParagraph extends Map<string, string> implements Paragraph {
  readonly line: number;

  constructor(line: number) {
    super();
    this.line = line;
  }
}
