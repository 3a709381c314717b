import type { VersionRules } from '../problem.ts';
import type { ApkDependency } from './apk-package.ts';

/** What one word of a list of dependencies says. */
export interface ParsedDependency extends ApkDependency {
  /** `name@tag`, only where tags may stand. */
  readonly tag?: string | undefined;
  /** The version is none. apk keeps such a dependency, and refuses the package that has it. */
  readonly isBroken: boolean;
}

/**
 * Reads `[!]name[@tag][OPERATOR version]` as apk-tools 3.0.6 does (apk-world(5)). Undefined for a word that it cannot
 * take apart: an operator without a version, or a tag where none may stand.
 */
export function parseApkDependency(word: string, rules: VersionRules, allowTag: boolean): ParsedDependency | undefined {
  const start = word.startsWith('!') ? 1 : 0;
  let nameEnd = start;
  while (nameEnd < word.length && !isSign(word.charCodeAt(nameEnd))) nameEnd += 1;
  const { operator, version } = splitCondition(word.slice(nameEnd));
  if (operator !== '' && version === '') return undefined;
  const at = word.indexOf('@', start);
  const hasTag = at !== -1 && at < nameEnd;
  if (hasTag && !allowTag) return undefined;
  return {
    name: word.slice(start, hasTag ? at : nameEnd),
    operator,
    version,
    negative: start === 1,
    tag: hasTag ? word.slice(at + 1, nameEnd) : undefined,
    // With both `<` and `>` it is a checksum, or every order is accepted: apk does not look at the version.
    isBroken: operator !== '' && !(operator.includes('<') && operator.includes('>')) && !rules.isValid(version),
  };
}

/** Takes apart what stands behind a name, with the `!` of the name in front of it. */
export function splitCondition(text: string): Omit<ApkDependency, 'name'> {
  const start = text.startsWith('!') ? 1 : 0;
  let end = start;
  while (end < text.length && isSign(text.charCodeAt(end))) end += 1;
  return { operator: text.slice(start, end), version: text.slice(end), negative: start === 1 };
}

/** `<`, `=`, `>` or `~`. */
function isSign(code: number): boolean {
  return (code >= 0x3c && code <= 0x3e) || code === 0x7e;
}

/** The reverse, without a tag. */
export function formatApkDependency({ name, operator, version, negative }: ApkDependency): string {
  return `${negative ? '!' : ''}${name}${operator}${version}`;
}
