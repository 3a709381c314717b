import type { VersionRules } from '../../solve/problem.ts';
import { compareVersionParts, satisfiesOrder } from '../debian-order.ts';

/**
 * Versions of opkg, `[epoch:]upstream[-revision]`, as `opkg compare-versions` judges them: Debian's order with less
 * checking. Anything without blanks is a version. In `Depends` opkg itself lets `<<` and `>>` accept equality, which only
 * `--compat opkg` follows.
 */
export const opkgVersionRules: VersionRules = {
  kind: 'opkg',
  isValid: (version) => /^[!-~]+$/u.test(version),
  compare: compareOpkgVersions,
  satisfies: (a, operator, b) => satisfiesOrder(compareOpkgVersions(a, b), operator),
};

/** Order of two versions: negative, zero or positive. An absent revision is an empty one: `1` equals `1-0`. */
export function compareOpkgVersions(a: string, b: string): number {
  if (a === b) return 0;
  const left = split(a);
  const right = split(b);
  if (left.epoch !== right.epoch) return left.epoch - right.epoch;
  return compareVersionParts(left.upstream, right.upstream) || compareVersionParts(left.revision, right.revision);
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
  const epoch = colon === -1 ? 0 : parseEpoch(version);
  const rest = version.slice(colon + 1);
  const hyphen = rest.lastIndexOf('-');
  if (hyphen === -1) return { epoch, upstream: rest, revision: '' };
  return { epoch, upstream: rest.slice(0, hyphen), revision: rest.slice(hyphen + 1) };
}

const most = 2n ** 64n - 1n;

/** As opkg takes it on a 64-bit host: strtoul, of which an unsigned int is kept. */
function parseEpoch(text: string): number {
  const [, sign, digits] = /^([+-]?)(\d+)/u.exec(text) ?? [];
  if (digits === undefined) return 0;
  const value = BigInt(digits);
  const wide = value > most ? most : sign === '-' ? -value : value;
  return Number(BigInt.asUintN(32, wide));
}
