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
  return operator.startsWith('!') && operator !== '!='
    ? !rules.satisfies(a, operator.slice(1), b)
    : rules.satisfies(a, operator, b);
}
