import type { Relation } from '../problem.ts';
import type { DebPackage } from './deb-package.ts';

/**
 * The order in which apt meets names when it reads the indexes, for `DebUniverse.mentionRank`. Reads only as far into
 * `packages` (all feeds, in order) as the names asked for need, and remembers how far it came. A name that is never
 * mentioned ranks last.
 */
export function mentionOrder(packages: Iterable<DebPackage>): (name: string) => number {
  const ranks = new Map<string, number>();
  const rest = packages[Symbol.iterator]();
  return (name) => {
    while (!ranks.has(name)) {
      const next = rest.next();
      if (next.done === true) return Number.POSITIVE_INFINITY;
      for (const mentioned of mentionedNames(next.value)) {
        if (!ranks.has(mentioned)) ranks.set(mentioned, ranks.size);
      }
    }
    return ranks.get(name) ?? Number.POSITIVE_INFINITY;
  };
}

/** The names in one stanza, in apt's order of fields. */
function* mentionedNames(stanza: DebPackage): Generator<string> {
  yield stanza.name;
  yield* relationNames([...stanza.preDepends, ...stanza.depends].flat());
  yield* relationNames([...stanza.conflicts, ...stanza.breaks]);
  yield* relationNames([...(stanza.recommends ?? []), ...(stanza.suggests ?? [])].flat());
  yield* relationNames(stanza.replaces);
  yield* relationNames((stanza.enhances ?? []).flat());
  for (const { name } of stanza.provides) yield name;
}

/** `foo:any` is a name of its own for apt and does not mention `foo`; `foo:amd64` mentions both. */
function* relationNames(relations: readonly Relation[]): Generator<string> {
  for (const { name, architecture } of relations) if (architecture !== 'any') yield name;
}
