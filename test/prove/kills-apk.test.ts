import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openAlpineSite } from '../support/drill-alpine-site.ts';
import { drillKills } from '../support/drill-kills.ts';
import { drillPlace, type DrillSite } from '../support/drill-site.ts';
import { whole } from '../support/extent.ts';

/** Builds from an apk feed that are ended at a recorded moment each: half by Ctrl-C, half without warning. On CI two. */

// Up to a quarter of a minute each on a busy machine.
vi.setConfig({ testTimeout: 3_600_000 });

const count = whole ? 100 : 2;
const steps = ['feed', 'solve', 'fetch', 'unpack', 'imports', 'tree', 'passes', 'emit', 'compress', 'write'];
let site: DrillSite;

beforeAll(async () => {
  site = await openAlpineSite();
});

afterAll(async () => {
  await site.close();
});

test(`${String(count)} moments`, async () => {
  const drilled = await drillKills(drillPlace(site, { outputs: ['oci', 'tar', 'dir'] }), {
    count: 100,
    seed: 8,
    // Of the few: while the index is read, and later.
    choose: (drawn, lines) =>
      whole ? drawn : drawn.filter((_, at) => at % Math.floor(lines / 3) === 2).slice(0, count),
    everyLine: whole,
  });
  expect(drilled.late).toBeLessThan(Math.max(1, count / 4));
  expect(drilled.steps).toEqual(expect.arrayContaining(whole ? steps : []));
  expect(drilled.steps.length).toBeGreaterThan(1);
});
