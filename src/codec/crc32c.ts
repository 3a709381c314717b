/** Castagnoli's polynomial, bits reversed (RFC 3720, 12.1). */
const polynomial = 0x82f6_3b78;
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 0 ? value >>> 1 : (value >>> 1) ^ polynomial;
  return value;
});

/** CRC-32C without the inversions before and after, as Linux chains it: `state` is what the bytes before gave. */
export function crc32c(bytes: Uint8Array, state = 0xffff_ffff): number {
  let crc = state;
  for (const byte of bytes) crc = (crc >>> 8) ^ (table[(crc ^ byte) & 0xff] ?? 0);
  return crc >>> 0;
}
