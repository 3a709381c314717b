import { expect, test } from 'vitest';
import { apkVersionRules } from '../../feed/apk/version.ts';
import { opkgVersionRules } from '../../feed/opkg/version.ts';
import { opkgVersion, serviceVersion, versionAnnotation } from './service-version.ts';

test.each([
  ['1.2.0', 0, '1.2.0-r1'],
  ['2.0b_rc3', 1_700_000_000, '2.0b_rc3-r1'],
  [undefined, 1_700_000_000, '2023.11.14-r1'],
  [undefined, 0, '0-r1'],
])('annotation %s, date %i: %s', (given, seconds, version) => {
  const annotations: Record<string, string> = given === undefined ? {} : { [versionAnnotation]: given };
  expect(serviceVersion(annotations, seconds)).toBe(version);
});

test.each(['v1.2', '1.2-rc1', 'latest', '1..2', ''])('"%s" is no version', (given) => {
  expect(() => serviceVersion({ [versionAnnotation]: given }, 0)).toThrow(
    expect.objectContaining({ code: 'KP2003', fix: expect.stringContaining('1.2.0') as string }),
  );
});

test.each(['alpha', 'beta2', 'pre', 'rc1'])('a release is newer than its %s, for apk and for opkg', (suffix) => {
  const [early, release] = [`1.2.0_${suffix}-r1`, '1.2.0-r1'];
  expect(apkVersionRules.compare(early, release)).toBeLessThan(0);
  expect(opkgVersionRules.compare(opkgVersion(early), opkgVersion(release))).toBeLessThan(0);
  expect(opkgVersionRules.compare(early, release)).toBeGreaterThan(0);
});
