import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareDebVersions, debVersionRules } from '../../src/feed/deb/version.ts';
import { arbitraryDebVersionPair } from '../support/deb-versions.ts';
import { dpkgCompare, libdpkgCompare } from '../support/dpkg-compare.ts';

test('100 000 pairs of versions are judged and ordered as by dpkg', () => {
  const pairs = fc
    .sample(arbitraryDebVersionPair, { numRuns: 100_000 })
    .filter((pair) => pair.every((version) => !version.startsWith('-')));
  const theirs = libdpkgCompare(pairs);
  // The library is the program's own: they agree where both are asked.
  expect(theirs.slice(0, 3000)).toEqual(dpkgCompare(pairs.slice(0, 3000)));
  const differences = pairs.flatMap(([a, b], index) => {
    const valid = debVersionRules.isValid(a) && debVersionRules.isValid(b);
    const ours = valid ? '<=>'[Math.sign(compareDebVersions(a, b)) + 1] : 'invalid';
    return ours === theirs[index] ? [] : [{ a, b, ours, dpkg: theirs[index] }];
  });
  expect(differences).toEqual([]);
});
