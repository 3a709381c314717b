import type { FoundPackage } from './installed-packages.ts';

/**
 * Why a package is in an image that somebody else made, by its own database: sentences from the package up to one that
 * was asked for, or that nothing needs. The shortest way.
 */
export function imageChain(packages: readonly FoundPackage[], name: string): string[] {
  const byName = new Map(packages.map((one) => [one.name, one]));
  const below = new Map<string, string>();
  let level = byName.has(name) ? [name] : [];
  const seen = new Set(level);
  while (level.length > 0) {
    const top =
      level.find((one) => byName.get(one)?.isAsked === true) ?? level.find((one) => needing(one).length === 0);
    if (top !== undefined) return sentences(top);
    const next: string[] = [];
    for (const one of level)
      for (const upper of needing(one))
        if (!seen.has(upper)) {
          seen.add(upper);
          below.set(upper, one);
          next.push(upper);
        }
    level = next;
  }
  return byName.has(name) ? [`packages that need ${name} need each other in a circle`] : [];

  function needing(one: string): string[] {
    const names = new Set([one, ...(byName.get(one)?.provides ?? [])]);
    return packages.filter((other) => other.name !== one && other.depends.some((wish) => names.has(wish))).map(named);
  }

  /** From the subject up. */
  function sentences(top: string): string[] {
    const asked = byName.get(top)?.isAsked === true;
    const end = asked
      ? `package ${top} was asked for`
      : `no package needs ${top}: it was asked for, or is always there`;
    const chain = [end];
    for (let upper = top, one = below.get(top); one !== undefined; upper = one, one = below.get(one))
      chain.unshift(`package ${upper} depends on ${one}`);
    return chain;
  }
}

function named({ name }: FoundPackage): string {
  return name;
}
