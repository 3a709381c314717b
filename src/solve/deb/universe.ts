import type { DebPackage, DebUniverse } from './deb-package.ts';
import { mentionOrder } from './mention-order.ts';

/** A universe over packages that are already in memory, in the order of feeds and indexes. */
export function debUniverse(packages: readonly DebPackage[]): DebUniverse {
  const byName = new Map<string, DebPackage[]>();
  const byProvided = new Map<string, DebPackage[]>();
  for (const candidate of packages) {
    add(byName, candidate.name, candidate);
    for (const name of new Set(candidate.provides.map((provided) => provided.name))) add(byProvided, name, candidate);
  }
  return {
    named: (name) => byName.get(name) ?? [],
    providing: (name) => byProvided.get(name) ?? [],
    names: () => byName.keys(),
    mentionRank: mentionOrder(packages),
  };
}

function add(map: Map<string, DebPackage[]>, key: string, value: DebPackage): void {
  const present = map.get(key);
  if (present === undefined) map.set(key, [value]);
  else present.push(value);
}
