import { KilopyError } from '../errors/kilopy-error.ts';
import { findSection, formatLockKey, type Lock, type LockKey, type LockSection } from './lock.ts';

export type LockMatch =
  | { readonly kind: 'match'; readonly section: LockSection }
  | { readonly kind: 'absent' }
  /** Each difference as a line for a person. */
  | { readonly kind: 'differs'; readonly section: LockSection; readonly differences: readonly string[] };

/** Whether the lock answers what is asked: same key, same wishes in any order, same settings. */
export function lockMatches(
  lock: Lock,
  key: LockKey,
  wishes: readonly string[],
  settings: Readonly<Record<string, string>>,
): LockMatch {
  const section = findSection(lock, key);
  if (section === undefined) return { kind: 'absent' };
  const differences = [
    ...wishes.filter((wish) => !section.wishes.includes(wish)).map((wish) => `asked for and not locked: ${wish}`),
    ...section.wishes.filter((wish) => !wishes.includes(wish)).map((wish) => `locked and not asked for: ${wish}`),
    ...settingDifferences(section.settings, settings),
  ];
  return differences.length === 0 ? { kind: 'match', section } : { kind: 'differs', section, differences };
}

/** `keep`: use it, add what is absent. `locked`: use it, change nothing. `update`: resolve anew. */
export type LockMode = 'keep' | 'locked' | 'update';

export interface LockQuestion {
  readonly lock: Lock | undefined;
  readonly key: LockKey;
  readonly wishes: readonly string[];
  readonly settings: Readonly<Record<string, string>>;
  readonly mode: LockMode;
  /** The lock's path, for messages. */
  readonly file: string;
}

/**
 * The section to build from, or undefined when the solver has to be asked and the lock to be written. Throws KP5601 when
 * the lock is for something else, and KP5602 when `locked` has nothing to stand on.
 */
export function chooseSection({ lock, key, wishes, settings, mode, file }: LockQuestion): LockSection | undefined {
  if (mode === 'update') return undefined;
  const match: LockMatch = lock === undefined ? { kind: 'absent' } : lockMatches(lock, key, wishes, settings);
  if (match.kind === 'match') return match.section;
  const name = formatLockKey(key);
  if (match.kind === 'differs') {
    throw new KilopyError('KP5601', `${file} does not match what is asked for (${name})`, {
      where: file,
      why: match.differences.join('; '),
      data: { ...key, differences: match.differences },
    });
  }
  if (mode === 'keep') return undefined;
  throw new KilopyError('KP5602', lock === undefined ? `there is no ${file}` : `${file} has nothing for ${name}`, {
    where: file,
    why: '--locked builds only from what is written there',
    data: { ...key },
  });
}

function settingDifferences(
  locked: Readonly<Record<string, string>>,
  asked: Readonly<Record<string, string>>,
): readonly string[] {
  const names = [...new Set([...Object.keys(locked), ...Object.keys(asked)])].sort();
  return names
    .filter((name) => locked[name] !== asked[name])
    .map((name) => `${name} is ${asked[name] ?? 'not set'}, and was ${locked[name] ?? 'not set'}`);
}
