import { archiveError } from '../archive-error.ts';

/** Sizes of the models of LZMA (the LZMA specification of the LZMA SDK; LZMA2 has lc + lp of 4 at most). */
const states = 12;
const posStates = 16;
const literalProbs = 0x300;
const firstFullDistanceSlot = 14;
const minMatch = 2;

/** Where each model begins in one array. */
const at = (() => {
  let next = 0;
  const room = (count: number): number => {
    const start = next;
    next += count;
    return start;
  };
  const lengths = (): { choice: number; low: number; middle: number; high: number } => ({
    choice: room(2),
    low: room(posStates * 8),
    middle: room(posStates * 8),
    high: room(256),
  });
  return {
    isMatch: room(states * posStates),
    isRep: room(states),
    isRep0: room(states),
    isRep1: room(states),
    isRep2: room(states),
    isRep0Long: room(states * posStates),
    slot: room(4 * 64),
    special: room(128),
    align: room(16),
    match: lengths(),
    rep: lengths(),
    literal: room(literalProbs * 16),
    total: next,
  };
})();

/**
 * Decodes runs of LZMA into one buffer, which is the dictionary as well: content is never longer than the buffer, so
 * that no file can ask for more memory than its reader gave.
 */
export class LzmaDecoder {
  readonly out: Uint8Array;
  /** Bytes of content so far. */
  end = 0;
  /** Where the dictionary begins: matches cannot reach before it. */
  start = 0;
  readonly #probs: Uint16Array = new Uint16Array(at.total);
  #state = 0;
  #reps: [number, number, number, number] = [0, 0, 0, 0];
  #literalContextBits = 0;
  #literalPositionMask = 0;
  #positionMask = 0;
  #input: Uint8Array = new Uint8Array();
  #at = 0;
  #range = 0;
  #code = 0;

  constructor(limitBytes: number) {
    this.out = new Uint8Array(limitBytes);
  }

  /** @returns false for a byte of properties that LZMA2 does not allow */
  setProperties(byte: number): boolean {
    const [lc, lp, pb] = [byte % 9, Math.floor(byte / 9) % 5, Math.floor(byte / 45)];
    this.#literalContextBits = lc;
    this.#literalPositionMask = (1 << lp) - 1;
    this.#positionMask = (1 << pb) - 1;
    return lc + lp <= 4 && pb <= 4;
  }

  resetState(): void {
    this.#probs.fill(1024);
    this.#state = 0;
    this.#reps = [0, 0, 0, 0];
  }

  /** Takes content that is not compressed. */
  copy(bytes: Uint8Array): void {
    if (this.end + bytes.length > this.out.length) throw damaged(0, 'the content is too long');
    this.out.set(bytes, this.end);
    this.end += bytes.length;
  }

  /**
   * Decodes all of `input`, which must give exactly `sizeBytes` of content.
   *
   * @throws KilopyError KP4001
   */
  decode(input: Uint8Array, sizeBytes: number): void {
    if (input.length < 5 || input[0] !== 0) throw damaged(0, 'a run has no beginning');
    if (this.end + sizeBytes > this.out.length) throw damaged(0, 'the content is too long');
    this.#input = input;
    this.#at = 5;
    this.#range = 0xffff_ffff;
    this.#code = Buffer.from(input.buffer, input.byteOffset, 5).readUInt32BE(1);
    const stop = this.end + sizeBytes;
    while (this.end < stop) this.#symbol(stop);
    if (this.#at !== input.length || this.#code !== 0) throw damaged(this.#at, 'a run does not end where it should');
  }

  #symbol(stop: number): void {
    const state = this.#state;
    const posState = (this.end - this.start) & this.#positionMask;
    if (this.#bit(at.isMatch + state * posStates + posState) === 0) {
      this.#literal();
      return;
    }
    let length: number;
    if (this.#bit(at.isRep + state) === 0) {
      length = this.#length(at.match, posState);
      this.#state = state < 7 ? 7 : 10;
      this.#reps = [this.#distance(length), this.#reps[0], this.#reps[1], this.#reps[2]];
    } else if (this.#isShortRep(state, posState)) {
      this.#state = state < 7 ? 9 : 11;
      length = 1;
    } else {
      length = this.#length(at.rep, posState);
      this.#state = state < 7 ? 8 : 11;
    }
    this.#copyMatch(length, stop);
  }

  /** Puts the distance of this match in front; true for a match of a single byte at the distance of the last one. */
  #isShortRep(state: number, posState: number): boolean {
    const [a, b, c, d] = this.#reps;
    if (this.#bit(at.isRep0 + state) === 0) return this.#bit(at.isRep0Long + state * posStates + posState) === 0;
    if (this.#bit(at.isRep1 + state) === 0) this.#reps = [b, a, c, d];
    else if (this.#bit(at.isRep2 + state) === 0) this.#reps = [c, a, b, d];
    else this.#reps = [d, a, b, c];
    return false;
  }

  #copyMatch(length: number, stop: number): void {
    const { out } = this;
    const distance = this.#reps[0] + 1;
    if (distance > this.end - this.start) throw damaged(this.#at, 'a match begins before the content');
    if (this.end + length > stop) throw damaged(this.#at, 'a match is too long');
    let end = this.end;
    for (const last = end + length; end < last; end++) out[end] = out[end - distance] ?? 0;
    this.end = end;
  }

  #literal(): void {
    const { out, end } = this;
    const before = end > this.start ? (out[end - 1] ?? 0) : 0;
    const position = (end - this.start) & this.#literalPositionMask;
    const context = (position << this.#literalContextBits) + (before >> (8 - this.#literalContextBits));
    const probs = at.literal + literalProbs * context;
    let symbol = 1;
    if (this.#state >= 7) {
      const distance = this.#reps[0] + 1;
      if (distance > end - this.start) throw damaged(this.#at, 'a match begins before the content');
      let match = out[end - distance] ?? 0;
      while (symbol < 0x100) {
        const wanted = (match >> 7) & 1;
        match <<= 1;
        const bit = this.#bit(probs + ((1 + wanted) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (bit !== wanted) break;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(probs + symbol);
    out[end] = symbol;
    this.end = end + 1;
    this.#state = this.#state < 4 ? 0 : this.#state < 10 ? this.#state - 3 : this.#state - 6;
  }

  #length(model: typeof at.match, posState: number): number {
    if (this.#bit(model.choice) === 0) return minMatch + this.#tree(model.low + posState * 8, 3);
    if (this.#bit(model.choice + 1) === 0) return minMatch + 8 + this.#tree(model.middle + posState * 8, 3);
    return minMatch + 16 + this.#tree(model.high, 8);
  }

  #distance(length: number): number {
    const slot = this.#tree(at.slot + Math.min(length - minMatch, 3) * 64, 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) * 2 ** bits;
    if (slot < firstFullDistanceSlot) return base + this.#reversedTree(at.special + base - slot, bits);
    let direct = 0;
    for (let i = bits - 4; i > 0; i--) direct = direct * 2 + this.#directBit();
    return base + direct * 16 + this.#reversedTree(at.align, 4);
  }

  #tree(probs: number, bits: number): number {
    let symbol = 1;
    for (let i = 0; i < bits; i++) symbol = (symbol << 1) | this.#bit(probs + symbol);
    return symbol - (1 << bits);
  }

  #reversedTree(probs: number, bits: number): number {
    let symbol = 1;
    let value = 0;
    for (let i = 0; i < bits; i++) {
      const bit = this.#bit(probs + symbol);
      symbol = (symbol << 1) | bit;
      value |= bit << i;
    }
    return value;
  }

  #bit(index: number): 0 | 1 {
    const prob = this.#probs[index] ?? 0;
    const bound = (this.#range >>> 11) * prob;
    let bit: 0 | 1;
    if (this.#code < bound) {
      this.#range = bound;
      this.#probs[index] = prob + ((2048 - prob) >> 5);
      bit = 0;
    } else {
      this.#range -= bound;
      this.#code -= bound;
      this.#probs[index] = prob - (prob >> 5);
      bit = 1;
    }
    this.#normalise();
    return bit;
  }

  #directBit(): 0 | 1 {
    this.#range >>>= 1;
    const bit = this.#code >= this.#range ? 1 : 0;
    if (bit === 1) this.#code -= this.#range;
    this.#normalise();
    return bit;
  }

  #normalise(): void {
    if (this.#range >= 0x100_0000) return;
    const byte = this.#input[this.#at++];
    if (byte === undefined) throw damaged(this.#at, 'a run is cut short');
    this.#range = (this.#range << 8) >>> 0;
    this.#code = ((this.#code << 8) | byte) >>> 0;
  }
}

function damaged(offset: number, why: string): ReturnType<typeof archiveError> {
  return archiveError('xz', offset, undefined, `the compressed data is damaged: ${why}`);
}
