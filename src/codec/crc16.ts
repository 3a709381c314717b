/** CRC-16 (polynomial 0x8005, bits reversed) as Linux chains it: `state` is what the bytes before gave. */
export function crc16(bytes: Uint8Array, state = 0xffff): number {
  let crc = state;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0xa001;
  }
  return crc;
}
