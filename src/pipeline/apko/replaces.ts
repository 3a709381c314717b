import { apkVersionRules } from '../../feed/apk/version.ts';
import { parseApkDependency } from '../../solve/apk/dependency.ts';
import type { ApkoPackage } from './apko-package.ts';

/** Whether a word of `replaces` (`busybox`, `busybox<1.36`) means a package. */
export function meansPackage(word: string, { name, version }: Pick<ApkoPackage, 'name' | 'version'>): boolean {
  const relation = parseApkDependency(word, apkVersionRules, false);
  if (relation === undefined || relation.name !== name) return false;
  return relation.operator === '' || apkVersionRules.satisfies(version, relation.operator, relation.version);
}

/** Whether a package names another one in its `replaces`. */
export function replaces({ replaces: words }: ApkoPackage, other: ApkoPackage): boolean {
  return words.some((word) => meansPackage(word, other));
}
