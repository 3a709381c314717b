const zeros = Buffer.alloc(2 ** 16);

/** So many zero bytes. */
export function* zeroPieces(sizeBytes: number): Generator<Uint8Array, void> {
  for (let left = sizeBytes; left > 0; left -= zeros.length)
    yield left < zeros.length ? zeros.subarray(0, left) : zeros;
}
