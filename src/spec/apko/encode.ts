import type { ApkoConfig } from './config.ts';
import { apkoSchema, type ApkoObject, type ApkoShape } from './schema.ts';

/** The configuration as Go's encoding/json writes apko's: keys in the order of its types, empty values left out, `<>&` escaped. */
export function apkoJson(config: ApkoConfig): string {
  return goJson(ordered(config, apkoSchema));
}

/** The configuration as YAML, for people: `apko show-config`. */
export function apkoYaml(config: ApkoConfig): string {
  return block(ordered(config, apkoSchema), '');
}

/** JSON with the escapes of Go's encoder (HTML characters, line separators). */
export function goJson(value: unknown): string {
  return escaped(JSON.stringify(value));
}

/** The same over several lines, as documents for people to look into. */
export function indentedGoJson(value: unknown): string {
  return escaped(JSON.stringify(value, null, 2));
}

function escaped(json: string): string {
  return json.replaceAll(/[<>&\u2028\u2029]/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

function ordered(value: object, shape: ApkoObject): Record<string, unknown> {
  const fields = value as Readonly<Record<string, unknown>>;
  const result: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(shape.keys)) {
    const item = encoded(fields[key], inner);
    if (item !== undefined) result[key] = item;
  }
  return result;
}

function encoded(value: unknown, shape: ApkoShape): unknown {
  if (shape.kind === 'object') {
    if (value === undefined) return shape.always === true ? {} : undefined;
    return ordered(value as object, shape);
  }
  if (value === undefined || value === '' || value === false) return undefined;
  if (value === 0) return shape.kind === 'number' && shape.zero === true ? 0 : undefined;
  if (shape.kind === 'list') {
    const items = value as readonly unknown[];
    return items.length === 0 ? undefined : items.map((item) => encoded(item, shape.of) ?? empty(shape.of));
  }
  if (shape.kind === 'map') {
    const entries = Object.entries(value as object).sort(([a], [b]) => (a < b ? -1 : 1));
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  }
  return value;
}

function empty(shape: ApkoShape): unknown {
  return shape.kind === 'text' ? '' : {};
}

function block(value: unknown, indent: string): string {
  if (Array.isArray(value)) return value.map((item) => `${indent}- ${block(item, `${indent}  `).trimStart()}`).join('');
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    if (entries.length === 0) return `${indent}{}\n`;
    return entries.map(([key, item]) => `${indent}${scalar(key)}:${nested(item, indent)}`).join('');
  }
  return `${scalar(value)}\n`;
}

function nested(value: unknown, indent: string): string {
  const isOpen = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  return isOpen ? `\n${block(value, `${indent}  `)}` : ` ${block(value, '')}`;
}

/** Quoted unless it can be nothing but text. */
function scalar(value: unknown): string {
  if (typeof value !== 'string') return String(value);
  const isPlain =
    /^[A-Za-z./][\w./@=+ -]*(?<! )$/u.test(value) && !/^(?:true|false|null|yes|no|on|off|y|n)$/iu.test(value);
  return isPlain ? value : JSON.stringify(value);
}
