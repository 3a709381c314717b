import { parseRelations } from '../feed/deb/relation.ts';
import { debVersionRules } from '../feed/deb/version.ts';
import type { Node } from '../tree/node.ts';
import type { Origin } from '../values/origin.ts';
import type { FetchedPackage } from './fetch-packages.ts';

/** The nodes of all packages, in install order, each with its package as origin. */
export function* packageNodes(packages: readonly FetchedPackage[]): Generator<Node> {
  for (const { locked, payload } of packages) {
    const { name, version, architecture, feed } = locked;
    const origin: Origin = { kind: 'package', name, version, architecture, feed };
    for (const entry of payload.entries) yield { ...entry, origin };
  }
}

/** dpkg's Replaces: a package may take over the files of another that it names (deb-control(5)). */
export function replacesRule(packages: readonly FetchedPackage[]): (newer: Origin, older: Origin) => boolean {
  const byName = new Map(packages.map(({ locked, payload }) => [locked.name, { locked, payload }]));
  return (newer, older) => {
    if (newer.kind !== 'package' || older.kind !== 'package') return false;
    const found = byName.get(newer.name);
    if (found === undefined) return false;
    const { name, version, architecture } = found.locked;
    const scope = { architecture, where: `${name} ${version} (Replaces)` };
    return parseRelations(found.payload.control.get('replaces') ?? '', scope).some(
      (relation) =>
        relation.name === older.name &&
        (relation.operator === undefined ||
          relation.version === undefined ||
          debVersionRules.satisfies(older.version, relation.operator, relation.version)),
    );
  };
}
