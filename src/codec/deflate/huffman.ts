/**
 * Lengths of a prefix code for the given frequencies, none longer than `limit`; 0 for symbols that do not occur.
 * Integers only, ties broken by symbol: the same everywhere. A code with a single symbol gets length 1.
 */
export function codeLengths(frequencies: Uint32Array, limit: number): Uint8Array {
  const lengths = new Uint8Array(frequencies.length);
  const used: number[] = [];
  for (let symbol = 0; symbol < frequencies.length; symbol++) if (at(frequencies, symbol) > 0) used.push(symbol);
  if (used.length < 2) {
    for (const symbol of used) lengths[symbol] = 1;
    return lengths;
  }
  used.sort((a, b) => at(frequencies, a) - at(frequencies, b) || a - b);
  const counts = limitLengths(depthCounts(used.map((symbol) => at(frequencies, symbol))), limit);
  // The rarest symbols get the longest codes.
  let length = limit;
  let left = at(counts, length);
  for (const symbol of used) {
    while (left === 0) left = at(counts, --length);
    lengths[symbol] = length;
    left--;
  }
  return lengths;
}

/** Canonical codes (RFC 1951, section 3.2.2), bits reversed, because Huffman codes are packed from the top. */
export function canonicalCodes(lengths: Uint8Array): Uint16Array {
  const next = new Uint16Array(17);
  for (const length of lengths) if (length > 0) next[length + 1] = at(next, length + 1) + 1;
  for (let length = 1; length <= 16; length++) next[length] = (at(next, length) + at(next, length - 1)) << 1;
  const codes = new Uint16Array(lengths.length);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = at(lengths, symbol);
    if (length === 0) continue;
    codes[symbol] = reverse(at(next, length), length);
    next[length] = at(next, length) + 1;
  }
  return codes;
}

/** How many leaves of a Huffman tree lie at each depth; weights ascending. Two queues, leaf first on a tie. */
function depthCounts(weights: readonly number[]): number[] {
  const leaves = weights.length;
  const sums = new Float64Array(leaves - 1);
  const parents = new Int32Array(2 * leaves - 1);
  let leaf = 0;
  let inner = 0;
  for (let made = 0; made < leaves - 1; made++) {
    let sum = 0;
    for (let side = 0; side < 2; side++) {
      const takeLeaf = leaf < leaves && (inner >= made || (weights[leaf] ?? 0) <= at(sums, inner));
      sum += takeLeaf ? (weights[leaf] ?? 0) : at(sums, inner);
      parents[takeLeaf ? leaf++ : leaves + inner++] = leaves + made;
    }
    sums[made] = sum;
  }
  const depths = new Int32Array(2 * leaves - 1);
  const counts: number[] = [];
  for (let node = 2 * leaves - 3; node >= 0; node--) {
    const depth = at(depths, at(parents, node)) + 1;
    depths[node] = depth;
    if (node < leaves) counts[depth] = (counts[depth] ?? 0) + 1;
  }
  return counts;
}

/** Moves leaves that are too deep to `limit`, then lengthens shorter codes until the Kraft sum is one again. */
function limitLengths(depths: readonly number[], limit: number): Uint32Array {
  const counts = new Uint32Array(limit + 1);
  for (let depth = 1; depth < depths.length; depth++) {
    const place = Math.min(depth, limit);
    counts[place] = at(counts, place) + (depths[depth] ?? 0);
  }
  let kraft = 0;
  for (let length = 1; length <= limit; length++) kraft += at(counts, length) * 2 ** (limit - length);
  for (; kraft > 2 ** limit; kraft--) {
    counts[limit] = at(counts, limit) - 1;
    let length = limit - 1;
    while (at(counts, length) === 0) length--;
    counts[length] = at(counts, length) - 1;
    counts[length + 1] = at(counts, length + 1) + 2;
  }
  return counts;
}

function reverse(code: number, length: number): number {
  let reversed = 0;
  for (let bit = 0; bit < length; bit++) reversed |= ((code >> bit) & 1) << (length - 1 - bit);
  return reversed;
}

function at(array: { readonly [index: number]: number }, index: number): number {
  return array[index] ?? 0;
}
