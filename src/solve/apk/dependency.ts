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
  const parts = grammar.exec(word);
  if (parts === null) return undefined;
  const [, not, written = '', operator = '', version = ''] = parts;
  if (operator !== '' && version === '') return undefined;
  const at = written.indexOf('@');
  if (at !== -1 && !allowTag) return undefined;
  const name = at === -1 ? written : written.slice(0, at);
  return {
    name,
    operator,
    version,
    negative: not === '!',
    tag: at === -1 ? undefined : written.slice(at + 1),
    // With both `<` and `>` it is a checksum, or every order is accepted: apk does not look at the version.
    isBroken: operator !== '' && !(operator.includes('<') && operator.includes('>')) && !rules.isValid(version),
  };
}

const grammar = /^(!?)([^<>=~]*)([<>=~]*)(.*)$/su;

/** The reverse, without a tag. */
export function formatApkDependency({ name, operator, version, negative }: ApkDependency): string {
  return `${negative ? '!' : ''}${name}${operator}${version}`;
}
