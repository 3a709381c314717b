import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openAlpineSite } from '../support/drill-alpine-site.ts';
import { drillKill, killReferences, moments, watchBuild } from '../support/drill-kill.ts';
import { drillPlace, type DrillSite } from '../support/drill-site.ts';
import { whole } from '../support/extent.ts';
import { seededRandom } from '../support/random.ts';

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
  const place = drillPlace(site, { outputs: ['oci', 'tar', 'dir'] });
  const references = await killReferences(place);
  rmSync(place.store, { recursive: true });
  const recorded = await watchBuild(place);
  expect(recorded.status).toBe(0);
  const all = moments(recorded, 100, seededRandom(8));
  // Without the rest: while the index is read, and later.
  const chosen = whole
    ? all
    : all.filter((_, at) => at % Math.floor(recorded.timesMs.length / 3) === 2).slice(0, count);
  const hit = new Map<string, number>();
  let late = 0;
  for (const [at, moment] of chosen.entries()) {
    rmSync(place.store, { recursive: true, force: true });
    // Every line once with either signal, then by turns.
    const lines = recorded.timesMs.length + 1;
    const signal = (whole && at < 2 * lines ? at < lines : at % 2 === 0) ? 'SIGKILL' : 'SIGINT';
    const { step, tooLate } = await drillKill(place, at % 2 === 0 ? 1 : 0, references, signal, moment);
    hit.set(step, (hit.get(step) ?? 0) + 1);
    if (tooLate) late += 1;
  }
  console.log(`moments by step: ${JSON.stringify(Object.fromEntries(hit))}, ${String(late)} too late`);
  expect(late).toBeLessThan(Math.max(1, count / 4));
  expect([...hit.keys()]).toEqual(expect.arrayContaining(whole ? steps : []));
  expect(hit.size).toBeGreaterThan(1);
});
