/** Buckets of apk's table of names: the order in which it visits them decides between equals. */
export const nameBuckets = 20_000;

const seed = 5381;

/** MurmurHash3 (32 bits, public domain, Austin Appleby) of the name's bytes, as the bucket of apk's table. */
export function nameBucket(name: string): number {
  const key = Buffer.from(name, 'utf8');
  const blocks = key.length - (key.length % 4);
  let hash = seed;
  for (let at = 0; at < blocks; at += 4) {
    hash = rotate(hash ^ scramble(key.readUInt32LE(at)), 13);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  let rest = 0;
  for (let at = key.length - 1; at >= blocks; at -= 1) rest = (rest << 8) | (key[at] ?? 0);
  if (key.length > blocks) hash ^= scramble(rest);
  hash ^= key.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % nameBuckets;
}

function scramble(block: number): number {
  return Math.imul(rotate(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593);
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
