import { KilopyError } from '../errors/kilopy-error.ts';
import type { VersionRules } from '../solve/problem.ts';

/**
 * One line of a question about versions: `A OP B` or `A !OP B` compares, one field asks whether it is a valid version,
 * with `!` in front whether it is not.
 *
 * @throws KilopyError KP1001 for a line of another shape
 */
export function compareVersions(rules: VersionRules, line: string, lineNumber?: number): boolean {
  const fields = line.trim().split(/\s+/);
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

/** dpkg's words for its signs (dpkg(1), --compare-versions). */
const words: Readonly<Record<string, string>> = { lt: '<<', le: '<=', eq: '=', ne: '!=', ge: '>=', gt: '>>' };
const signs: ReadonlySet<string> = new Set(['<<', '<', '<=', '=', '>=', '>', '>>']);

function holds(rules: VersionRules, a: string, operator: string, b: string, line: string): boolean {
  const sign = words[operator] ?? operator;
  if (sign.startsWith('!')) return !holds(rules, a, sign.slice(1), b, line);
  if (signs.has(sign)) return rules.satisfies(a, sign, b);
  throw new KilopyError('KP1001', `"${line}" has no operator that ${rules.kind} knows`, {
    fix: `write one of ${[...signs].join(' ')}, with ! in front for the opposite, or ${Object.keys(words).join(' ')}`,
  });
}
