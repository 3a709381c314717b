import { KilopyError } from '../errors/kilopy-error.ts';
import type { Spec } from '../spec/spec.ts';
import type { Wish } from '../values/wish.ts';
import { baseFeedOf } from './base-feeds.ts';

/**
 * Everything that the solver is asked for: the base's MicroPython first, then what the user named.
 *
 * @throws KilopyError KP2014 when the base has no MicroPython and no package of that name is asked for
 */
export function allWishes(spec: Spec): readonly Wish[] {
  if (spec.base.name === 'image') return spec.packages;
  const { runtimePackage: named, wishName } = baseFeedOf(spec);
  const runtimePackage = named(spec);
  const name = runtimePackage ?? 'micropython';
  if (spec.packages.some(({ text }) => wishName(text) === name)) return spec.packages;
  if (runtimePackage !== undefined) return [{ text: runtimePackage, where: spec.base.where }, ...spec.packages];
  throw new KilopyError('KP2014', `${spec.base.name} has no MicroPython`, {
    where: spec.base.where,
    why: 'no package of its repository has an interpreter',
    fix: "leave --base out (kilopy's own runtime needs no distribution), use alpine or debian, or name a feed of your own that has a package micropython and add it to packages",
    data: { base: spec.base.name },
  });
}
