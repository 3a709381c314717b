import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { drillKill, killReferences, moments, watchBuild } from '../support/drill-kill.ts';
import { drillPlace, openSite, type DrillSite } from '../support/drill-site.ts';
import { seededRandom } from '../support/random.ts';
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
  const place = drillPlace(site, { outputs });
  const references = await killReferences(place);
  rmSync(place.store, { recursive: true });
  const recorded = await watchBuild(place);
  expect(recorded.status).toBe(0);
  const hit = new Map<string, number>();
  let late = 0;
  for (const [at, moment] of moments(recorded, count, seededRandom(7)).entries()) {
    rmSync(place.store, { recursive: true, force: true });
    // Every line once with either signal, then by turns.
    const lines = recorded.timesMs.length + 1;
    const signal = (at < 2 * lines ? at < lines : at % 2 === 0) ? 'SIGKILL' : 'SIGINT';
    const { step, tooLate } = await drillKill(place, at % 2 === 0 ? 1 : 0, references, signal, moment);
    hit.set(step, (hit.get(step) ?? 0) + 1);
    if (tooLate) late += 1;
    if (at % 10 === 9) console.log(`${String(at + 1)} moments, ${String(late)} too late`);
  }
  console.log(`moments by step: ${JSON.stringify(Object.fromEntries(hit))}, ${String(late)} too late`);
  expect([...hit.keys()]).toEqual(expect.arrayContaining(steps));
  expect(late).toBeLessThan(count / 4);
});
