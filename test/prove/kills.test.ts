import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { drillKills } from '../support/drill-kills.ts';
import { drillPlace, openSite, type DrillSite } from '../support/drill-site.ts';
import { whole } from '../support/extent.ts';

/** A hundred builds (on CI fifty) that are ended at a recorded moment each: half by Ctrl-C, half without warning. */

// Up to a quarter of a minute each on a busy machine.
vi.setConfig({ testTimeout: 3_600_000 });

const count = whole ? 100 : 50;
const outputs = ['oci', 'tar', 'dir'];
const steps = ['feed', 'solve', 'fetch', 'unpack', 'imports', 'tree', 'passes', 'emit', 'compress', 'write'];
let site: DrillSite;

beforeAll(async () => {
  site = await openSite();
});

afterAll(async () => {
  await site.close();
});

test(`${String(count)} moments, in every phase`, async () => {
  const drilled = await drillKills(drillPlace(site, { outputs }), { count, seed: 7, everyLine: true });
  expect(drilled.steps).toEqual(expect.arrayContaining(steps));
  expect(drilled.late).toBeLessThan(count / 4);
});
