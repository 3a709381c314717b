import type { VersionRules } from '../problem.ts';
import type { OpkgPackage, OpkgRelation } from './opkg-package.ts';

/** opkg's own reading of a condition: `<<` and `>>` accept equality too (version_constraints_satisfied). */
export function fitsLoosely(rules: VersionRules, { operator, version }: OpkgRelation, pkg: OpkgPackage): boolean {
  if (version === undefined || operator === undefined) return true;
  const order = rules.compare(pkg.version, version);
  if (order === 0) return true;
  if (operator === '=') return false;
  return operator.startsWith('<') ? order < 0 : order > 0;
}
