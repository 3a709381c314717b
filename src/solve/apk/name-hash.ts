/** Buckets of apk's table of names: the order in which it visits them decides between equals. */
export const nameBuckets = 20_000;

const seed = 5381;

/** MurmurHash3 (32 bits, public domain, Austin Appleby) of the name's bytes, as the bucket of apk's table. */
export function nameBucket(name: string): number {
  const key = bytesOf(name);
  const blocks = key.length - (key.length % 4);
  let hash = seed;
  for (let at = 0; at < blocks; at += 4) {
    hash = rotate(hash ^ scramble(littleEndian(key, at, 4)), 13);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  if (key.length > blocks) hash ^= scramble(littleEndian(key, blocks, key.length - blocks));
  hash ^= key.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % nameBuckets;
}

const scratch = new Uint8Array(256);

/** The bytes of a name, for the moment. Names are ASCII nearly always, and there are tens of thousands. */
function bytesOf(name: string): Uint8Array {
  if (name.length > scratch.length) return Buffer.from(name, 'utf8');
  for (let at = 0; at < name.length; at += 1) {
    const code = name.charCodeAt(at);
    if (code > 127) return Buffer.from(name, 'utf8');
    scratch[at] = code;
  }
  return scratch.subarray(0, name.length);
}

function littleEndian(key: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let place = 0; place < count; place += 1) value |= (key[at + place] ?? 0) << (8 * place);
  return value;
}

function scramble(block: number): number {
  return Math.imul(rotate(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593);
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
