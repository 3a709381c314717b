import { archiveError } from '../archive-error.ts';
import { adbFields } from './adb-schema.ts';
import { intOf, nullWord, slotsOf, textOf, type AdbView, type AdbWord } from './adb-view.ts';

/** Bits of the field `match`: equal, less, greater, fuzzy, conflict (apk_version.h of apk-tools). */
const conflict = 16;
const defaultMatch = 1;
const anything = 7;

const operators: ReadonlyMap<number, string> = new Map([
  [2, '<'],
  [3, '<='],
  [11, '<~'],
  [8, '~'],
  [9, '~'],
  [1, '='],
  [5, '>='],
  [13, '>~'],
  [4, '>'],
  [6, '><'],
  [anything, ''],
]);

const bits: Readonly<Record<string, number>> = { '<': 2, '>': 4, '=': 1, '~': 9 };

/** The parts of a dependency, as they stand in the file. */
export interface AdbDependency {
  readonly name: string;
  readonly version?: string;
  /** Absent for `=` and for no condition. */
  readonly match?: number;
}

/** A dependency as apk writes it: `name`, `!name`, `name>=1.2`. Throws KP4001. */
export function dependencyText(view: AdbView, word: AdbWord): string {
  const slots = slotsOf(view, word);
  const fields = adbFields.dependency;
  const name = textOf(view, slots[fields.name]);
  const version = textOf(view, slots[fields.version]);
  const match = intOf(view, slots[fields.match] ?? nullWord) ?? defaultMatch;
  if (name === undefined) throw archiveError('ADB database', 0, undefined, 'a dependency has no name');
  const sign = (match & conflict) === 0 ? '' : '!';
  if (version === undefined) return `${sign}${name}`;
  const operator = operators.get(match & ~conflict);
  if (operator === undefined) throw archiveError('ADB database', 0, name, 'a dependency has an unknown operator');
  return `${sign}${name}${operator}${version}`;
}

/** The inverse; undefined for text that is no dependency. */
export function parseDependency(text: string): AdbDependency | undefined {
  const parts = /^(!?)([^\s!<>=~]+)(?:([<>=~]+)(\S+))?$/u.exec(text);
  if (parts === null) return undefined;
  const [, sign = '', name = '', operator, version] = parts;
  const base =
    operator === undefined ? anything : Array.from(operator).reduce((mask, one) => mask | (bits[one] ?? 0), 0);
  if (!operators.has(base) || (base === anything) !== (version === undefined)) return undefined;
  const match = base | (sign === '!' ? conflict : 0);
  // apk stores no operator where it is the default one, and nothing but the name for `name`.
  return {
    name,
    ...(version === undefined ? {} : { version }),
    ...(match === defaultMatch || match === anything ? {} : { match }),
  };
}
