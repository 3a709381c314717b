/** The fields of a Packages file that kilopy keeps, and the byte that stands for each in the compact index. */
export const indexFields = {
  package: 'p',
  version: 'v',
  architecture: 'a',
  'multi-arch': 'm',
  essential: 'e',
  protected: 'E',
  important: 'i',
  priority: 'o',
  'pre-depends': 'D',
  depends: 'd',
  recommends: 'R',
  suggests: 'S',
  enhances: 'n',
  conflicts: 'c',
  breaks: 'b',
  replaces: 'r',
  provides: 'P',
  source: 's',
  filename: 'f',
  size: 'z',
  sha256: 'h',
} as const;

export type IndexField = keyof typeof indexFields;

export const tagOf: ReadonlyMap<IndexField, number> = new Map(
  Object.entries(indexFields).map(([name, tag]) => [name as IndexField, tag.charCodeAt(0)]),
);

export const fieldOfTag: ReadonlyMap<string, IndexField> = new Map(
  Object.entries(indexFields).map(([name, tag]) => [tag, name as IndexField]),
);
