import type { Spec } from '../spec/spec.ts';
import type { Wish } from '../values/wish.ts';
import { baseFeedOf } from './base-feeds.ts';

/** What boots with procd and has a network; the packages have these names in all releases. */
const openwrtSystem = ['base-files', 'busybox', 'procd', 'netifd', 'uci', 'logd'];

/** Everything that the solver is asked for: the base's MicroPython first, then the system around it, then what the user named. */
export function allWishes(spec: Spec): readonly Wish[] {
  if (spec.base.name === 'image') return spec.packages;
  const { runtimePackage: named, wishName } = baseFeedOf(spec);
  const { where } = spec.base;
  const system = spec.init?.kind === 'openwrt' ? openwrtSystem.map((text) => ({ text, where })) : [];
  const asked = [...system, ...spec.packages];
  const runtimePackage = named(spec);
  if (runtimePackage === undefined || spec.packages.some(({ text }) => wishName(text) === runtimePackage)) return asked;
  return [{ text: runtimePackage, where }, ...asked];
}
