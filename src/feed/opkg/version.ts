import type { VersionRules } from '../../solve/problem.ts';

/**
 * Versions of opkg, `[epoch:]upstream[-revision]`, as `opkg compare-versions` judges them: Debian's order with less
 * checking. Anything without blanks is a version. In `Depends` opkg itself lets `<<` and `>>` accept equality, which only
 * `--compat opkg` follows.
 */
export const opkgVersionRules: VersionRules = {
  kind: 'opkg',
  isValid: (version) => /^[!-~]+$/u.test(version),
  compare: compareOpkgVersions,
  satisfies(a, operator, b) {
    const order = compareOpkgVersions(a, b);
    switch (operator) {
      case '<<':
        return order < 0;
      // As in Debian, the single signs mean "or equal".
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

/** Order of two versions: negative, zero or positive. An absent revision is an empty one: `1` equals `1-0`. */
export function compareOpkgVersions(a: string, b: string): number {
  if (a === b) return 0;
  const left = split(a);
  const right = split(b);
  if (left.epoch !== right.epoch) return left.epoch - right.epoch;
  return compareParts(left.upstream, right.upstream) || compareParts(left.revision, right.revision);
}

interface VersionParts {
  readonly epoch: number;
  readonly upstream: string;
  readonly revision: string;
}

/** What stands before the first colon is the epoch (0 when it is no number), what follows the last hyphen the revision. */
function split(text: string): VersionParts {
  const version = text.trim();
  const colon = version.indexOf(':');
  const digits = colon === -1 ? undefined : /^\d+/u.exec(version)?.[0];
  const epoch = digits === undefined ? 0 : Math.min(Number(digits), 2 ** 32 - 1);
  const rest = version.slice(colon + 1);
  const hyphen = rest.lastIndexOf('-');
  if (hyphen === -1) return { epoch, upstream: rest, revision: '' };
  return { epoch, upstream: rest.slice(0, hyphen), revision: rest.slice(hyphen + 1) };
}

/** Runs of other characters by `weight`, alternating with runs of digits as numbers of any length. */
function compareParts(aText: string, bText: string): number {
  const a = Buffer.from(aText);
  const b = Buffer.from(bText);
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a[i])) || (j < b.length && !isDigit(b[j]))) {
      const difference = weight(a[i]) - weight(b[j]);
      if (difference !== 0) return difference;
      i += 1;
      j += 1;
    }
    const left = numberAt(a, i);
    const right = numberAt(b, j);
    i += left.length;
    j += right.length;
    const order = compareNumbers(left, right);
    if (order !== 0) return order;
  }
  return 0;
}

function numberAt(bytes: Uint8Array, start: number): string {
  let end = start;
  while (isDigit(bytes[end])) end += 1;
  return Buffer.from(bytes.subarray(start, end)).toString('latin1');
}

function compareNumbers(a: string, b: string): number {
  const left = a.replace(/^0+/u, '');
  const right = b.replace(/^0+/u, '');
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** `~` before the end, the end before letters, letters before all else. A digit ends a run as the end does. */
function weight(byte: number | undefined): number {
  if (byte === undefined || isDigit(byte)) return 0;
  if (byte === 0x7e) return -1;
  const isLetter = (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
  // C compares bytes as signed: those above 127 lose what the others gain.
  return isLetter || byte > 0x7f ? byte : byte + 256;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
