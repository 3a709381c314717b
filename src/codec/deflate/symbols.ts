/** RFC 1951, section 3.2.5: symbols of lengths 3 to 258 and of distances 1 to 32768. */
export const minMatch = 3;
export const maxMatch = 258;
export const windowBytes: number = 2 ** 15;
export const endOfBlock = 256;
export const literalSymbols = 286;
export const distanceSymbols = 30;

/** Symbol, number of extra bits and first value, by length and by symbol. */
export const lengthSymbol: Uint16Array = new Uint16Array(maxMatch + 1);
export const lengthExtraBits: Uint8Array = new Uint8Array(literalSymbols);
export const lengthBase: Uint16Array = new Uint16Array(literalSymbols);

fillLengths();

function fillLengths(): void {
  let length = minMatch;
  for (let symbol = endOfBlock + 1; symbol < literalSymbols; symbol++) {
    const index = symbol - endOfBlock - 1;
    const extra = index < 8 || symbol === literalSymbols - 1 ? 0 : (index >> 2) - 1;
    // 258 has a symbol of its own, although the one before could say it, too.
    if (symbol === literalSymbols - 1) length = maxMatch;
    lengthExtraBits[symbol] = extra;
    lengthBase[symbol] = length;
    for (let value = length; value < length + 2 ** extra && value <= maxMatch; value++) lengthSymbol[value] = symbol;
    length += 2 ** extra;
  }
}

export function distanceSymbol(distance: number): number {
  const value = distance - 1;
  if (value < 4) return value;
  const top = 31 - Math.clz32(value);
  return 2 * top + ((value >> (top - 1)) & 1);
}

export function distanceExtraBits(symbol: number): number {
  return symbol < 4 ? 0 : (symbol >> 1) - 1;
}
