import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Alias,
  type Document,
  type Node,
  type YAMLMap,
} from 'yaml';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { SourceLocation } from '../values/source-location.ts';
import type { Faults } from './faults.ts';
import type { DraftPath } from './front-end.ts';

/** A YAML document as plain values, with the place of each. */
export interface YamlDocument {
  readonly value: unknown;
  readonly locate: (path: DraftPath, part?: 'key' | 'value') => SourceLocation;
}

export interface YamlOptions {
  /** The file as messages should name it. */
  readonly file: string;
  /** Whether a number or boolean at this path stands for its own text, so that `1.10` stays `1.10`. */
  readonly asWritten: (path: DraftPath) => boolean;
}

interface Place {
  readonly key: number;
  readonly value: number;
}

/** Aliases may repeat parts of a document; together they may not blow it up beyond this many values, or this deep. */
const maxValues = 20_000;
const maxDepth = 64;

/** Reads YAML 1.2 (core schema, with `<<` merge keys). Faults of the syntax go to `faults`; undefined when there are any. */
export function readYamlDocument(text: string, options: YamlOptions, faults: Faults): YamlDocument | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true, version: '1.2' });
  const at = (offset: number): SourceLocation => {
    const { line, col } = lines.linePos(offset);
    return { file: options.file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  let broken = false;
  // After the first error the reader guesses, and its further errors mislead; duplicate keys are independent of that.
  for (const error of document.errors) {
    if (error.code === 'DUPLICATE_KEY') faults.add(duplicateKey(text, error.pos[0], at(error.pos[0])));
    else if (!broken) faults.add(syntaxFault(error.code, error.message, at(error.pos[0])));
    broken ||= error.code !== 'DUPLICATE_KEY';
  }
  for (const warning of document.warnings) {
    if (warning.code === 'TAG_RESOLVE_FAILED')
      faults.add(syntaxFault(warning.code, warning.message, at(warning.pos[0])));
  }
  if (broken) return undefined;
  const places = new Map<string, Place>();
  const value = convert(document, options, places, (message, offset) => {
    broken = true;
    faults.add(new KilopyError('KP2001', message, { where: at(offset) }));
  });
  if (broken) return undefined;
  return {
    value,
    locate(path, part = 'value') {
      for (let length = path.length; length >= 0; length -= 1) {
        const place = places.get(JSON.stringify(path.slice(0, length)));
        if (place !== undefined) return at(part === 'key' && length === path.length ? place.key : place.value);
      }
      return { file: options.file, line: 1, column: 1 };
    },
  };
}

function convert(
  document: Document.Parsed,
  { asWritten }: YamlOptions,
  places: Map<string, Place>,
  fault: (message: string, offset: number) => void,
): unknown {
  // `Alias.resolve` walks the whole document: once an alias, not once a visit.
  const resolved = new Map<Alias, Node | undefined>();
  let values = 0;
  let stopped = false;
  return value(document.contents, [], 0, 0);

  function value(node: Node | null, path: DraftPath, keyOffset: number, depth: number): unknown {
    const offset = node?.range?.[0] ?? keyOffset;
    places.set(JSON.stringify(path), { key: keyOffset, value: offset });
    values += 1;
    if (stopped) return null;
    if (values > maxValues || depth > maxDepth) {
      stopped = true;
      fault('the document is nested too deeply, or its aliases repeat too much', offset);
      return null;
    }
    if (isAlias(node)) return value(target(node) ?? null, path, keyOffset, depth + 1);
    if (isMap(node)) return Object.fromEntries(entries(node, path, depth));
    if (isSeq(node)) {
      return node.items.map((item, index) =>
        value(item as Node, [...path, index], itemOffset(item) ?? offset, depth + 1),
      );
    }
    if (!isScalar(node)) return null;
    const isText = typeof node.value === 'string' || node.value === null || node.value === undefined;
    return !isText && asWritten(path) ? (node.source ?? String(node.value)) : (node.value ?? null);
  }

  function entries(map: YAMLMap, path: DraftPath, depth: number): Map<string, unknown> {
    const own = new Map<string, unknown>();
    const merged = new Map<string, unknown>();
    for (const pair of map.items) {
      const offset = itemOffset(pair.key) ?? 0;
      if (!isScalar(pair.key)) fault('a key must be plain text', offset);
      else if (isMergeKey(pair.key)) {
        for (const source of mergeSources(pair.value as Node | null)) {
          for (const [key, inherited] of entries(source, path, depth + 1))
            if (!merged.has(key)) merged.set(key, inherited);
        }
      } else {
        const key = pair.key.source ?? String(pair.key.value);
        own.set(key, value(pair.value as Node | null, [...path, key], offset, depth + 1));
      }
    }
    return new Map([...[...merged].filter(([key]) => !own.has(key)), ...own]);
  }

  function target(alias: Alias): Node | undefined {
    const known = resolved.get(alias) ?? alias.resolve(document);
    resolved.set(alias, known);
    return known;
  }

  function mergeSources(node: Node | null): readonly YAMLMap[] {
    if (stopped) return [];
    values += 1;
    const source = isAlias(node) ? target(node) : node;
    if (isMap(source)) return [source];
    return isSeq(source) ? source.items.flatMap((item) => mergeSources(item as Node)) : [];
  }
}

function isMergeKey(key: { readonly source?: string; readonly type?: string }): boolean {
  return key.source === '<<' && key.type === 'PLAIN';
}

function itemOffset(item: unknown): number | undefined {
  return (item as Node | null)?.range?.[0];
}

function syntaxFault(code: string, message: string, where: SourceLocation): KilopyError {
  const special = syntaxWords[code];
  const said = special?.message ?? `${message.charAt(0).toLowerCase()}${message.slice(1)}`;
  return new KilopyError('KP2001', `not valid YAML: ${said}`, { where, fix: special?.fix, data: { yaml: code } });
}

/** Where the reader's own words are for programmers. */
const syntaxWords: Readonly<Record<string, { readonly message?: string; readonly fix: string }>> = {
  TAB_AS_INDENT: { fix: 'indent with spaces' },
  MULTIPLE_DOCS: { message: 'a second document begins here', fix: 'keep one document, and remove the line "---"' },
  TAG_RESOLVE_FAILED: { fix: 'remove the tag; values here are plain text, numbers, lists and mappings' },
};

function duplicateKey(text: string, offset: number, where: SourceLocation): KilopyError {
  const key = /^["']?([^"':\n]+)/.exec(text.slice(offset))?.[1]?.trim() ?? '';
  return new KilopyError('KP2010', `the key "${key}" is given twice`, { where, data: { key } });
}
