import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareDebVersions, debVersionRules } from '../../src/feed/deb/version.ts';
import { arbitraryDebVersionPair } from '../support/deb-versions.ts';
import { dpkgCompare } from '../support/dpkg-compare.ts';

test('versions are judged and ordered as by dpkg', () => {
  const pairs = fc
    .sample(arbitraryDebVersionPair, { numRuns: 2000 })
    .filter((pair) => pair.every((version) => !version.startsWith('-')));
  const ours = pairs.map(([a, b]) => {
    if (!debVersionRules.isValid(a) || !debVersionRules.isValid(b)) return 'invalid';
    return '<=>'[Math.sign(compareDebVersions(a, b)) + 1];
  });
  const theirs = dpkgCompare(pairs);
  const differences = pairs.flatMap((pair, index) =>
    ours[index] === theirs[index] ? [] : [{ pair, ours: ours[index], dpkg: theirs[index] }],
  );
  expect(differences).toEqual([]);
  const rarest = Math.min(
    ...['<', '=', '>', 'invalid'].map((verdict) => theirs.filter((one) => one === verdict).length),
  );
  expect(rarest).toBeGreaterThan(50);
});
