import { KilopyError } from '../errors/kilopy-error.ts';
import type { FeedKind, VersionRules } from '../solve/problem.ts';

/**
 * One line of a question about versions: `A OP B` or `A !OP B` compares, one field asks whether it is a valid version,
 * with `!` in front whether it is not. What follows ` #` is a remark.
 *
 * @throws KilopyError KP1001 for a line of another shape
 */
export function compareVersions(rules: VersionRules, line: string, lineNumber?: number): boolean {
  const fields = line
    .replace(/\s#.*$/u, '')
    .trim()
    .split(/\s+/);
  const [a = '', operator = '', b = ''] = fields;
  if (fields.length === 1 && a !== '') return a.startsWith('!') ? !rules.isValid(a.slice(1)) : rules.isValid(a);
  if (fields.length !== 3) {
    throw new KilopyError('KP1001', `"${line}" is neither a version nor \`A OP B\``, {
      where: lineNumber === undefined ? undefined : `line ${String(lineNumber)}`,
      fix: "write `1.0 '<<' 1.1`, or one version",
    });
  }
  return holds(rules, a, operator, b, line);
}

/** One answer for each line of a batch, whatever the line is: one that cannot be read is answered with its fault. */
export function compareBatch(rules: VersionRules, lines: readonly string[]): readonly (boolean | KilopyError)[] {
  return lines.map((line, i) => {
    try {
      return compareVersions(rules, line, i + 1);
    } catch (error) {
      if (error instanceof KilopyError) return error;
      throw error;
    }
  });
}

/** dpkg's words for its signs (dpkg(1), --compare-versions). */
const words: Readonly<Record<string, string>> = { lt: '<<', le: '<=', eq: '=', ne: '!=', ge: '>=', gt: '>>' };
const debSigns: readonly string[] = ['<<', '<', '<=', '=', '>=', '>', '>>'];

/** Operators by kind. apk's are any mix of its four signs; these are those that mean something. */
const signs: Readonly<Record<FeedKind, readonly string[]>> = {
  deb: debSigns,
  apk: ['<', '<=', '<~', '=', '~', '=~', '~=', '>=', '>~', '>'],
  opkg: debSigns,
};

function holds(rules: VersionRules, a: string, operator: string, b: string, line: string): boolean {
  const sign = rules.kind === 'deb' ? (words[operator] ?? operator) : operator;
  if (sign.startsWith('!')) return !holds(rules, a, sign.slice(1), b, line);
  const known = signs[rules.kind];
  if (known.includes(sign)) return rules.satisfies(a, sign, b);
  throw new KilopyError('KP1001', `"${line}" has no operator that ${rules.kind} knows`, {
    fix: `write one of ${known.join(' ')}, with ! in front for the opposite${wordsOf(rules.kind)}`,
  });
}

function wordsOf(kind: FeedKind): string {
  return kind === 'deb' ? `, or ${Object.keys(words).join(' ')}` : '';
}
