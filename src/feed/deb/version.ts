import type { VersionRules } from '../../solve/problem.ts';

/** Debian versions, `[epoch:]upstream[-revision]`, exactly as `dpkg --compare-versions` judges them (deb-version(7)). */
export const debVersionRules: VersionRules = {
  kind: 'deb',
  isValid: (version) => split(version) !== undefined,
  compare: compareDebVersions,
  satisfies(a, operator, b) {
    const order = compareDebVersions(a, b);
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
  },
};

/**
 * Order of two versions: negative, zero or positive. An absent version (`''`) is older than all; `1` equals `1-0`.
 * What is not a version sorts as an upstream version without epoch and revision.
 */
export function compareDebVersions(a: string, b: string): number {
  if (a === b) return 0;
  const left = split(a) ?? { epoch: 0, upstream: a, revision: '' };
  const right = split(b) ?? { epoch: 0, upstream: b, revision: '' };
  if (left.epoch !== right.epoch) return left.epoch - right.epoch;
  return compareParts(left.upstream, right.upstream) || compareParts(left.revision, right.revision);
}

interface VersionParts {
  readonly epoch: number;
  readonly upstream: string;
  readonly revision: string;
}

const absent: VersionParts = { epoch: -1, upstream: '', revision: '' };
const largestEpoch = 2 ** 31 - 1;

/** Undefined for what dpkg refuses. What it only warns of (odd characters, no digit first) stays valid, as it does there. */
function split(version: string): VersionParts | undefined {
  if (version === '' || version === '<unknown>') return absent;
  const text = version.replace(/^[ \t]+|[ \t]+$/gu, '');
  // eslint-disable-next-line no-control-regex -- a NUL ends a C string: nothing that dpkg can be given
  if (text === '' || /[ \t\0]/u.test(text)) return undefined;
  const colon = text.indexOf(':');
  let epoch = 0;
  if (colon !== -1) {
    // dpkg reads the epoch with strtol, which takes white space and a sign.
    const digits = /^[\n\v\f\r]*([+-]?[0-9]+)$/u.exec(text.slice(0, colon))?.[1];
    if (digits === undefined) return undefined;
    epoch = Number(digits);
    if (epoch < 0 || epoch > largestEpoch) return undefined;
  }
  const rest = text.slice(colon + 1);
  const hyphen = rest.lastIndexOf('-');
  if (rest === '' || hyphen === 0 || hyphen === rest.length - 1) return undefined;
  if (hyphen === -1) return { epoch, upstream: rest, revision: '' };
  return { epoch, upstream: rest.slice(0, hyphen), revision: rest.slice(hyphen + 1) };
}

/** Alternates between runs of non-digits, compared by `weight`, and runs of digits, compared as numbers of any length. */
function compareParts(aText: string, bText: string): number {
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
