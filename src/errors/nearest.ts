/**
 * The candidates that a person who typed `word` probably meant, nearest first, at most `max`.
 *
 * Nearness is the Damerau-Levenshtein distance in its "optimal string alignment" form: insertions, deletions,
 * replacements and swaps of neighbours cost one each, upper and lower case are the same. A candidate counts when it
 * is within a third of the word's length (at least one step, at most three), so that short words do not attract
 * everything. Ties are in byte order, so that the answer does not depend on the order of the candidates.
 */
export function nearest(word: string, candidates: Iterable<string>, max: number = 3): string[] {
  const wanted = word.toLowerCase();
  const cutOff = Math.min(3, Math.max(1, Math.floor(wanted.length / 3)));
  const found: { readonly candidate: string; readonly distance: number }[] = [];
  for (const candidate of new Set(candidates)) {
    if (candidate === word || Math.abs(candidate.length - wanted.length) > cutOff) continue;
    const distance = editDistance(wanted, candidate.toLowerCase(), cutOff);
    if (distance <= cutOff) found.push({ candidate, distance });
  }
  found.sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1));
  return found.slice(0, max).map(({ candidate }) => candidate);
}

/** Distance of two words; any number above `cutOff` as soon as it is certain to exceed it. */
function editDistance(a: string, b: string, cutOff: number): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    let smallest = row;
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, at(beforePrevious, column - 2) + 1);
      current.push(cost);
      smallest = Math.min(smallest, cost);
    }
    if (smallest > cutOff) return smallest;
    beforePrevious = previous;
    previous = current;
  }
  return at(previous, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
