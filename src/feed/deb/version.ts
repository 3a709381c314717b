import type { VersionRules } from '../../solve/problem.ts';
import { compareVersionParts, satisfiesOrder } from '../debian-order.ts';

/** Debian versions, `[epoch:]upstream[-revision]`, exactly as `dpkg --compare-versions` judges them (deb-version(7)). */
export const debVersionRules: VersionRules = {
  kind: 'deb',
  isValid: (version) => split(version) !== undefined,
  compare: compareDebVersions,
  satisfies: (a, operator, b) => satisfiesOrder(compareDebVersions(a, b), operator),
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
  return compareVersionParts(left.upstream, right.upstream) || compareVersionParts(left.revision, right.revision);
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
