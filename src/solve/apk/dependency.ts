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
  const negative = word.startsWith('!');
  const start = negative ? 1 : 0;
  let nameEnd = start;
  while (nameEnd < word.length && !isSign(word.charCodeAt(nameEnd))) nameEnd += 1;
  let versionStart = nameEnd;
  while (versionStart < word.length && isSign(word.charCodeAt(versionStart))) versionStart += 1;
  const operator = word.slice(nameEnd, versionStart);
  const version = word.slice(versionStart);
  if (operator !== '' && version === '') return undefined;
  const at = word.indexOf('@', start);
  const hasTag = at !== -1 && at < nameEnd;
  if (hasTag && !allowTag) return undefined;
  return {
    name: word.slice(start, hasTag ? at : nameEnd),
    operator,
    version,
    negative,
    tag: hasTag ? word.slice(at + 1, nameEnd) : undefined,
    // With both `<` and `>` it is a checksum, or every order is accepted: apk does not look at the version.
    isBroken: operator !== '' && !(operator.includes('<') && operator.includes('>')) && !rules.isValid(version),
  };
}

/** `<`, `=`, `>` or `~`. */
function isSign(code: number): boolean {
  return (code >= 0x3c && code <= 0x3e) || code === 0x7e;
}

/** The reverse, without a tag. */
export function formatApkDependency({ name, operator, version, negative }: ApkDependency): string {
  return `${negative ? '!' : ''}${name}${operator}${version}`;
}
