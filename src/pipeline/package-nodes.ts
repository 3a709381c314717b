import type { Node } from '../tree/node.ts';
import type { Origin } from '../values/origin.ts';
import type { FetchedPackage } from './bases/base-feed.ts';

/** The nodes of all packages, in install order, each with its package as origin. */
export function* packageNodes(packages: readonly FetchedPackage[]): Generator<Node> {
  for (const { locked, payload } of packages) {
    const { name, version, architecture, feed } = locked;
    const origin: Origin = { kind: 'package', name, version, architecture, feed };
    for (const entry of payload.entries) yield { ...entry, origin };
  }
}
