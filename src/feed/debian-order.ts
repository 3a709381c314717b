/** Order of two versions, as a function of an operator: Debian's signs, which opkg took over. False for any other sign. */
export function satisfiesOrder(order: number, operator: string): boolean {
  switch (operator) {
    case '<<':
      return order < 0;
    // The single signs are legacy and mean "or equal" (deb-control(5)).
    case '<=':
    case '<':
      return order <= 0;
    case '=':
      return order === 0;
    case '>=':
    case '>':
      return order >= 0;
    case '>>':
      return order > 0;
    default:
      return false;
  }
}

/**
 * Order of two upstream versions or two revisions: negative, zero or positive (deb-version(7); opkg copied dpkg's function). Alternates between
 * runs of non-digits, compared by `weight`, and runs of digits, compared as numbers of any length.
 */
export function compareVersionParts(aText: string, bText: string): number {
  const a = bytesAsText(aText);
  const b = bytesAsText(bText);
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a, i)) || (j < b.length && !isDigit(b, j))) {
      const difference = weight(a, i) - weight(b, j);
      if (difference !== 0) return difference;
      i += 1;
      j += 1;
    }
    while (a.charCodeAt(i) === 0x30) i += 1;
    while (b.charCodeAt(j) === 0x30) j += 1;
    let firstDifference = 0;
    while (isDigit(a, i) && isDigit(b, j)) {
      if (firstDifference === 0) firstDifference = a.charCodeAt(i) - b.charCodeAt(j);
      i += 1;
      j += 1;
    }
    if (isDigit(a, i)) return 1;
    if (isDigit(b, j)) return -1;
    if (firstDifference !== 0) return firstDifference;
  }
  return 0;
}

/** `~` sorts before the end, the end (and a digit) before letters, letters before everything else. */
function weight(text: string, index: number): number {
  if (index >= text.length || isDigit(text, index)) return 0;
  const code = text.charCodeAt(index);
  if (code === 0x7e) return -1;
  const isLetter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
  // Bytes over 127 are negative chars in dpkg, so that adding 256 gives the byte itself.
  return isLetter || code > 0x7f ? code : code + 256;
}

function isDigit(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code >= 0x30 && code <= 0x39;
}

/** dpkg compares bytes; one character a byte makes the same of text that is not ASCII. */
function bytesAsText(text: string): string {
  // eslint-disable-next-line no-control-regex -- all of ASCII is meant
  return /^[\x00-\x7f]*$/u.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}
