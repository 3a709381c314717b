import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Faults } from '../faults.ts';
import type { DraftPath } from '../front-end.ts';
import { suggestion } from '../suggestion.ts';
import type { YamlDocument } from '../yaml-document.ts';
import type { ApkoShape } from './schema.ts';

/**
 * A value of a YAML document as its shape wants it. Every scalar arrives as it was written; an empty one is the same as
 * none. Faults go to `faults` (KP2101, KP2102); what is at fault is left out.
 */
export function checkShape(
  value: unknown,
  shape: ApkoShape,
  locate: YamlDocument['locate'],
  faults: Faults,
  path: DraftPath = [],
): unknown {
  if (value === null || value === undefined) return undefined;
  const inner = (part: string | number, item: unknown, of: ApkoShape): unknown =>
    checkShape(item, of, locate, faults, [...path, part]);
  if (shape.kind === 'list') {
    if (Array.isArray(value))
      return value.map((item, i) => inner(i, item, shape.of)).filter((item) => item !== undefined);
    return refuse('a list');
  }
  if (shape.kind === 'map' || shape.kind === 'object') {
    if (typeof value !== 'object' || Array.isArray(value)) return refuse('a mapping');
    const found: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      const of = shape.kind === 'map' ? shape.of : Object.hasOwn(shape.keys, key) ? shape.keys[key] : undefined;
      if (of === undefined) unknownKey(key, Object.keys(shape.kind === 'object' ? shape.keys : {}));
      else {
        const checked = inner(key, item, of);
        if (checked !== undefined) found[key] = checked;
      }
    }
    return found;
  }
  if (typeof value !== 'string') return refuse('text');
  if (shape.kind === 'text') return value;
  if (shape.kind === 'flag') {
    if (/^(?:true|false)$/iu.test(value)) return value.toLowerCase() === 'true';
    return refuse('true or false');
  }
  const number = numberOf(value);
  if (number !== undefined && number <= shape.max) return number;
  return refuse(`a number from 0 to ${String(shape.max)}`);

  function refuse(wanted: string): undefined {
    const given = typeof value === 'string' ? JSON.stringify(value) : Array.isArray(value) ? 'a list' : 'a mapping';
    const name = spell(path);
    faults.add(new KilopyError('KP2102', `${name} must be ${wanted}, and is ${given}`, { where: locate(path) }));
    return undefined;
  }

  function unknownKey(key: string, known: readonly string[]): void {
    const within = path.length === 0 ? '' : ` in ${spell(path)}`;
    const where = locate([...path, key], 'key');
    faults.add(new KilopyError('KP2101', `unknown key "${key}"${within}`, { where, fix: suggestion(key, known) }));
  }
}

/** As Go reads integers with base 0 (strconv.ParseInt): a leading 0 means octal. */
function numberOf(text: string): number | undefined {
  const plain = text.replaceAll('_', '');
  if (/^0[0-7]+$/u.test(plain)) return Number.parseInt(plain, 8);
  return /^(?:\d+|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+)$/u.test(plain) ? Number(plain) : undefined;
}

function spell(path: DraftPath): string {
  return path.length === 0
    ? 'the file'
    : path.reduce<string>((text, part) => {
        if (typeof part === 'number') return `${text}[${String(part)}]`;
        return text === '' ? part : `${text}.${part}`;
      }, '');
}
