import type { DebUniverse } from '../../solve/deb/deb-package.ts';
import type { CompactIndex } from './compact-index.ts';
import { mentionRank } from './mention-rank.ts';
import { indexPackage, type DebIndexPackage, type IndexOrigin } from './index-package.ts';

/** One index of a universe and where it comes from. */
export interface UniverseIndex extends IndexOrigin {
  readonly index: CompactIndex;
}

export interface DebIndexUniverse extends DebUniverse {
  readonly indexes: readonly UniverseIndex[];
  named(name: string): readonly DebIndexPackage[];
  providing(name: string): readonly DebIndexPackage[];
}

/**
 * Several indexes as one, for one architecture and `all`. A version that stands in several indexes is that of the first
 * one given. The same package is always the same object.
 */
export function debUniverse(indexes: readonly UniverseIndex[], architecture: string): DebIndexUniverse {
  const sources = indexes.map(({ index, ...origin }) => ({
    index,
    origin,
    decoded: new Map<number, DebIndexPackage>(),
  }));
  const byName = new Map<string, readonly DebIndexPackage[]>();

  function decode({ index, origin, decoded }: (typeof sources)[number], id: number): DebIndexPackage {
    let found = decoded.get(id);
    if (found === undefined) {
      found = indexPackage(index.record(id), origin);
      decoded.set(id, found);
    }
    return found;
  }

  function isWanted({ architecture: its }: DebIndexPackage): boolean {
    return its === architecture || its === 'all';
  }

  function named(name: string): readonly DebIndexPackage[] {
    let found = byName.get(name);
    if (found === undefined) {
      const first = new Map<string, DebIndexPackage>();
      for (const source of sources) {
        for (const id of source.index.named(name)) {
          const candidate = decode(source, id);
          const key = `${candidate.version} ${candidate.architecture}`;
          if (isWanted(candidate) && !first.has(key)) first.set(key, candidate);
        }
      }
      found = [...first.values()];
      byName.set(name, found);
    }
    return found;
  }

  return {
    indexes,
    named,
    mentionRank: mentionRank(indexes.map(({ index }) => index)),
    providing(name) {
      return sources
        .flatMap((source) => source.index.providing(name).map((id) => decode(source, id)))
        .filter((candidate) => named(candidate.name).includes(candidate));
    },
    *names() {
      const seen = new Set<string>();
      for (const { index } of sources) {
        for (const name of index.names()) {
          if (!seen.has(name)) yield name;
          seen.add(name);
        }
      }
    },
  };
}
