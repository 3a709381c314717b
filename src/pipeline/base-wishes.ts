import type { Spec } from '../spec/spec.ts';
import type { Wish } from '../values/wish.ts';

/** Name of the package with MicroPython in each base that brings it as a package. */
const runtimePackage: Readonly<Record<Spec['base']['name'], string>> = { debian: 'micropython' };

/** Everything that the solver is asked for: the base's MicroPython first, then what the user named. */
export function allWishes(spec: Spec): readonly Wish[] {
  const runtime: Wish = { text: runtimePackage[spec.base.name], where: spec.base.where };
  const named = spec.packages.some(({ text }) => /^[\w.+-]+/.exec(text)?.[0] === runtime.text);
  return named ? spec.packages : [runtime, ...spec.packages];
}
