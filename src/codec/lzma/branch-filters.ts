/** Filters that make programs easier to compress (xz file format 1.2.1, 5.3.2): jumps are kept as absolute addresses. */
export type BranchFilter = 'x86' | 'powerpc' | 'arm' | 'arm-thumb' | 'sparc';

/** Filter IDs; IA-64, ARM64 and RISC-V are not in squashfs-tools 4.5. */
export const branchFilters: ReadonlyMap<number, BranchFilter> = new Map([
  [4, 'x86'],
  [5, 'powerpc'],
  [7, 'arm'],
  [8, 'arm-thumb'],
  [9, 'sparc'],
]);

/** Turns addresses back into distances, in place. The first byte is at address 0. */
export function undoBranchFilter(filter: BranchFilter, bytes: Uint8Array): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  switch (filter) {
    case 'x86':
      undoX86(buffer);
      return;
    case 'arm-thumb':
      undoThumb(buffer);
      return;
    case 'powerpc':
    case 'arm':
    case 'sparc':
      for (let at = 0; at + 4 <= buffer.length; at += 4) undoWord(filter, buffer, at);
  }
}

function undoWord(filter: 'powerpc' | 'arm' | 'sparc', buffer: Buffer, at: number): void {
  if (filter === 'arm') {
    // `bl` of every condition: 24 bits of words, counted from eight bytes further on.
    if (buffer[at + 3] !== 0xeb) return;
    buffer.writeUIntLE((buffer.readUIntLE(at, 3) - ((at + 8) >>> 2)) & 0xff_ffff, at, 3);
    return;
  }
  const word = buffer.readUInt32BE(at);
  if (filter === 'powerpc') {
    // `bl`: relative, with link.
    if ((word & 0xfc00_0003) >>> 0 !== 0x4800_0001) return;
    buffer.writeUInt32BE((0x4800_0001 | ((word - at) & 0x03ff_fffc)) >>> 0, at);
    return;
  }
  // `call` with a displacement whose sign reaches over the upper bits.
  const top = word >>> 22;
  if (top !== 0x100 && top !== 0x1ff) return;
  const distance = ((word << 2) - at) >>> 2;
  const signed = ((0 - ((distance >>> 22) & 1)) << 22) & 0x3fff_ffff;
  buffer.writeUInt32BE((0x4000_0000 | signed | (distance & 0x3f_ffff)) >>> 0, at);
}

/** `bl` is two half words with 11 bits of the distance in each. */
function undoThumb(buffer: Buffer): void {
  for (let at = 0; at + 4 <= buffer.length; at += 2) {
    const [high, low] = [buffer.readUInt16LE(at), buffer.readUInt16LE(at + 2)];
    if ((high & 0xf800) !== 0xf000 || (low & 0xf800) !== 0xf800) continue;
    const address = (((high & 0x7ff) << 11) | (low & 0x7ff)) << 1;
    const distance = (address - (at + 4)) >>> 1;
    buffer.writeUInt16LE(0xf000 | ((distance >>> 11) & 0x7ff), at);
    buffer.writeUInt16LE(0xf800 | (distance & 0x7ff), at + 2);
    at += 2;
  }
}

/** Whether the byte can be the top of a distance that was converted. */
function isSignByte(byte: number | undefined): boolean {
  return byte === 0 || byte === 0xff;
}

/** For the bits of `seen`: which byte of the address lies over an opcode that came before; undefined: none may be converted. */
const overlaps: readonly (number | undefined)[] = [0, 1, 2, undefined, 2, undefined, undefined, undefined];
const overlapBytes: readonly number[] = [0, 1, 2, 2, 3, 3, 3, 3];

/**
 * `call` and `jmp` (E8, E9) with four bytes. `seen` has a bit for each of the three bytes before that looked like one of the
 * two and was left as it is: then the four bytes may overlap, and the encoder has the same doubts.
 */
function undoX86(buffer: Buffer): void {
  let before = -1;
  let seen = 0;
  for (let at = 0; at + 4 < buffer.length; at++) {
    if (((buffer[at] ?? 0) & 0xfe) !== 0xe8) continue;
    const gap = at - before;
    before = at;
    seen = gap > 3 ? 0 : (seen << (gap - 1)) & 7;
    if (seen !== 0) {
      const under = buffer[at + 4 - (overlapBytes[seen] ?? 0)];
      if (overlaps[seen] === undefined || isSignByte(under)) {
        seen = (seen << 1) | 1;
        continue;
      }
    }
    if (!isSignByte(buffer[at + 4])) {
      seen = (seen << 1) | 1;
      continue;
    }
    const distance = x86Distance(buffer.readUInt32LE(at + 1), at + 5, seen);
    const low = distance & 0x1ff_ffff;
    buffer.writeUInt32LE((low | (0 - (low & 0x100_0000))) >>> 0, at + 1);
    at += 4;
  }
}

function x86Distance(address: number, next: number, seen: number): number {
  let from = address;
  for (;;) {
    const distance = (from - next) >>> 0;
    if (seen === 0) return distance;
    const shift = (overlapBytes[seen] ?? 0) * 8;
    if (!isSignByte((distance >>> (24 - shift)) & 0xff)) return distance;
    from = (distance ^ (2 ** (32 - shift) - 1)) >>> 0;
  }
}
