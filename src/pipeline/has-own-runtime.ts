import { parseApkDependency } from '../solve/apk/dependency.ts';
import { apkVersionRules } from '../feed/apk/version.ts';
import { runtimeVariants, type RuntimeVariant } from '../spec/bases.ts';
import type { Spec } from '../spec/spec.ts';
import { runtimePackageName } from './runtimes/runtime-package.ts';

/** Whether MicroPython is one of kilopy's own: they have the launcher frozen, and verify servers by themselves. */
export function hasOwnRuntime(spec: Pick<Spec, 'base' | 'packages'>): boolean {
  return spec.base.name === 'static' || (spec.base.name === 'wolfi' && variantOnWolfi(spec) !== undefined);
}

/**
 * Wolfi has no MicroPython: the variant of kilopy's own that is asked for by the name of its package (`micropython-tls`),
 * else `small`; undefined for a package `micropython` of somebody else.
 */
export function variantOnWolfi({ packages }: Pick<Spec, 'packages'>): RuntimeVariant | undefined {
  const names = new Set(packages.map(({ text }) => parseApkDependency(text.trim(), apkVersionRules, true)?.name));
  if (names.has('micropython')) return undefined;
  return runtimeVariants.find((variant) => names.has(runtimePackageName(variant))) ?? 'small';
}
