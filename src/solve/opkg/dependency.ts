import type { OpkgDependency, OpkgRelation } from './opkg-package.ts';

/** The items of Depends, Conflicts, Recommends and the like: `libc, foo (>= 1.0) | bar, kmod *`. Never fails, as opkg. */
export function parseOpkgDependencies(
  field: string,
  kind: 'depends' | 'recommends' | 'suggests' = 'depends',
): readonly OpkgDependency[] {
  return field
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
    .map((item) => {
      const parts = item.split('|').flatMap((part) => parsePart(part) ?? []);
      const isGreedy = parts.some((part) => part.isGreedy);
      return {
        kind: isGreedy ? 'greedy' : kind,
        alternatives: parts.map(({ relation }) => relation),
        text: item.replace(/\s+/gu, ' '),
      };
    });
}

/** Names of Provides and Replaces: separated by commas or blanks, without versions. */
export function parseOpkgNames(field: string): readonly string[] {
  return field.split(/[, ]+/u).filter((name) => name !== '');
}

interface Part {
  readonly relation: OpkgRelation;
  readonly isGreedy: boolean;
}

function parsePart(part: string): Part | undefined {
  const [, name, rest = ''] = /^ *([^ ]+)(?: (.*))?$/su.exec(part) ?? [];
  if (name === undefined) return undefined;
  // One blank stands before the condition and none in it, or opkg passes over it.
  const [, condition, after = ''] = /^\(([^)]*)\)?(.*)$/su.exec(rest) ?? [];
  if (condition === undefined) return { relation: { name }, isGreedy: rest.trim().startsWith('*') };
  const isGreedy = after.trim().startsWith('*');
  const [, operator, version = ''] = /^(<<|<=|>=|>>|=|<|>)(.*)$/su.exec(condition) ?? [];
  if (operator === undefined) return { relation: { name }, isGreedy };
  return { relation: { name, operator, version: version.trim() }, isGreedy };
}
