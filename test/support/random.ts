/** Numbers from 0 to below 1 that depend only on the seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Another start for tests that draw many examples: `KILOPY_SEED=N` moves what they draw, and a run without it always draws the same. */
export const seedOffset: number = Number(process.env['KILOPY_SEED'] ?? '0');
