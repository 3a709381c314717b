import type { Spec } from '../spec/spec.ts';
import type { Wish } from '../values/wish.ts';
import { baseFeedOf } from './base-feeds.ts';

/** Everything that the solver is asked for: the base's MicroPython first, then what the user named. */
export function allWishes(spec: Spec): readonly Wish[] {
  if (spec.base.name === 'image') return spec.packages;
  const { runtimePackage: named, wishName } = baseFeedOf(spec);
  const runtimePackage = named(spec);
  if (runtimePackage === undefined || spec.packages.some(({ text }) => wishName(text) === runtimePackage)) {
    return spec.packages;
  }
  return [{ text: runtimePackage, where: spec.base.where }, ...spec.packages];
}
