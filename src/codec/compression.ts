export type Compression = 'gzip' | 'xz' | 'zstd' | 'bzip2' | 'lzma' | 'none';

/** First bytes of each format. `lzma` (the "alone" format) has none: what stands there is what every encoder writes. */
const magics: readonly (readonly [Compression, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['lzma', [0x5d, 0x00, 0x00]],
];

/** Recognises a compression by its first bytes (six suffice). A zstd file may start with a skippable frame. */
export function detectCompression(head: Uint8Array): Compression {
  for (const [name, magic] of magics) {
    if (magic.every((byte, index) => head[index] === byte)) return name;
  }
  const [low = 0, ...next] = head.subarray(0, 4);
  return low >> 4 === 5 && next.join() === '42,77,24' ? 'zstd' : 'none';
}
