import { parseDeb822, type Paragraph } from '../../codec/deb822.ts';

/** One URI of one entry of apt's sources. */
export interface AptSource {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Path of a keyring, or `inline` for a key in the file itself. */
  readonly signedBy?: string | undefined;
}

/** One-line format (sources.list(5)): `deb [ arch=amd64 signed-by=/x.gpg ] URI suite component...`. Faulty lines are left out. */
export function parseSourcesList(text: string): readonly AptSource[] {
  const sources: AptSource[] = [];
  for (const line of text.split('\n')) {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s*)?([^\s#[]+)\s+([^\s#]+)([^#]*)/u.exec(line);
    const [, options, uri, suite, components] = match ?? [];
    if (uri === undefined || suite === undefined || components === undefined) continue;
    const signedBy = /(?:^|\s)signed-by=(\S+)/iu.exec(options ?? '')?.[1];
    sources.push({ uri, suites: [suite], components: words(components), signedBy });
  }
  return sources;
}

/** deb822 format (sources.list(5)). Entries that are switched off or hold only sources are left out. Throws KP4004. */
export function parseSourcesDeb822(text: string, file: string): readonly AptSource[] {
  return parseDeb822(text, file).flatMap((paragraph) => {
    const isOff = ['no', 'false', 'without', 'off', 'disable'].includes(field(paragraph, 'enabled').toLowerCase());
    if (isOff || !words(field(paragraph, 'types')).includes('deb')) return [];
    const signedBy = field(paragraph, 'signed-by').trim();
    return words(field(paragraph, 'uris')).map((uri) => ({
      uri,
      suites: words(field(paragraph, 'suites')),
      components: words(field(paragraph, 'components')),
      signedBy: signedBy === '' ? undefined : signedBy.includes('\n') ? 'inline' : signedBy,
    }));
  });
}

function field(paragraph: Paragraph, name: string): string {
  return paragraph.get(name) ?? '';
}

function words(text: string): readonly string[] {
  return text.split(/\s+/u).filter((word) => word !== '');
}
