import type { CompactIndex } from './compact-index.ts';
import type { IndexField } from './index-fields.ts';

/** The fields in which apt meets names, in its order, after Package. */
const fieldOrder: readonly IndexField[] = [
  'pre-depends',
  'depends',
  'conflicts',
  'breaks',
  'recommends',
  'suggests',
  'replaces',
  'enhances',
  'provides',
];

/**
 * `DebUniverse.mentionRank` for whole indexes: as solve's `mentionOrder` over their packages, but without decoding them,
 * which for 70 000 packages takes seconds. Reads only as far as the names asked for need.
 */
export function mentionRank(indexes: readonly CompactIndex[]): (name: string) => number {
  const ranks = new Map<string, number>();
  const rest = mentionedNames(indexes);
  return (name) => {
    let rank = ranks.get(name);
    while (rank === undefined) {
      const next = rest.next();
      if (next.done === true) return Number.POSITIVE_INFINITY;
      for (const mentioned of next.value) if (!ranks.has(mentioned)) ranks.set(mentioned, ranks.size);
      rank = ranks.get(name);
    }
    return rank;
  };
}

/** The names in each record, record by record. */
function* mentionedNames(indexes: readonly CompactIndex[]): Generator<readonly string[]> {
  for (const index of indexes) {
    for (let id = 0; id < index.recordCount; id += 1) {
      const fields = index.record(id);
      const names = [fields.get('package') ?? ''];
      for (const field of fieldOrder) {
        const text = fields.get(field);
        // `foo:any` is a name of its own for apt and does not mention `foo`.
        if (text !== undefined) {
          for (const match of text.matchAll(/(?:^|[,|])\s*([A-Za-z0-9][A-Za-z0-9+._-]*)(?![A-Za-z0-9+._-]|:any\b)/gu)) {
            if (match[1] !== undefined) names.push(match[1]);
          }
        }
      }
      yield names;
    }
  }
}
