/** Buckets of apt's table of names (`APT::Cache-HashTableSize`). */
const buckets = 196_613;

/**
 * The order in which apt walks over all packages: by the bucket of the name's hash, and by the name within a bucket.
 * The hash is Bernstein's, times 33 plus the lower-case letter, in 32 bits.
 */
export function compareByHash(a: string, b: string): number {
  return bucketOf(a) - bucketOf(b) || (a < b ? -1 : a > b ? 1 : 0);
}

function bucketOf(name: string): number {
  let hash = 5381;
  for (let index = 0; index < name.length; index += 1) {
    hash = (Math.imul(hash, 33) + (name.charCodeAt(index) | 0x20)) >>> 0;
  }
  return hash % buckets;
}
