import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openAlpineSite } from '../support/drill-alpine-site.ts';
import { drillNetwork, networkFaults } from '../support/drill-network.ts';
import {
  build,
  drillPlace,
  expectTidy,
  referenceOf,
  written,
  type Contents,
  type DrillFile,
  type DrillSite,
} from '../support/drill-site.ts';
import { whole } from '../support/extent.ts';

/** Every fault of the network (on CI a few) for the index and the packages of an apk feed, and builds side by side. */

const few: Readonly<Partial<Record<DrillFile, string>>> = {
  APKINDEX: 'the first half without a length',
  apk: 'other bytes of the same length',
};

let site: DrillSite;
let reference: Contents;

beforeAll(async () => {
  site = await openAlpineSite();
});

afterAll(async () => {
  await site.close();
});

test('an undisturbed build', async () => {
  reference = await referenceOf(drillPlace(site));
  expect(Object.keys(reference).length).toBeGreaterThan(3);
});

const files: readonly DrillFile[] = ['APKINDEX', 'apk'];

describe.each(files)('%s', (file) => {
  test.each(networkFaults.filter(({ name }) => whole || few[file] === name))('$name', async (fault) => {
    expect(await drillNetwork(site, reference, fault, file)).toBe('right');
  });
});

test.each(whole ? [2, 4] : [2])('%d cold builds at once fetch each package once', async (count) => {
  const one = drillPlace(site);
  const places = [one, ...Array.from({ length: count - 1 }, () => ({ ...drillPlace(site), store: one.store }))];
  const before = site.server.requests.length;
  const results = await Promise.all(places.map((place) => build(place, { env: { KILOPY_CACHE: one.store } })));
  for (const [index, place] of places.entries()) {
    expect(results[index]?.status === 0 ? '' : results[index]?.stderr).toBe('');
    expect(written(place)).toEqual(reference);
  }
  expectTidy(one);
  const asked = site.server.requests.slice(before).map(({ path }) => path);
  const packages = asked.filter((path) => path.endsWith('.apk'));
  expect(packages).toHaveLength(4);
  expect([...new Set(packages)].sort()).toEqual(packages.sort());
});
