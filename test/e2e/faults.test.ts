import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { drillKill, killReferences, moments, watchBuild } from '../support/drill-kill.ts';
import { drillNetwork, networkFaults } from '../support/drill-network.ts';
import {
  build,
  contents,
  drillPlace,
  expectRight,
  openSite,
  referenceOf,
  type Contents,
  type DrillFile,
  type DrillSite,
} from '../support/drill-site.ts';
import { damageNames, storeFiles } from '../support/drill-damage.ts';
import { drillStore } from '../support/drill-store.ts';
import { startProxyServer } from '../support/proxy-server.ts';
import { seededRandom } from '../support/random.ts';

/** A few of the faults that `npm run prove` runs all of: one of each kind. */

// Each builds several times, on a machine that may be busy.
vi.setConfig({ testTimeout: 900_000 });

let site: DrillSite;
let reference: Contents;

beforeAll(async () => {
  site = await openSite();
});

afterAll(async () => {
  await site.close();
});

test('an undisturbed build', async () => {
  reference = await referenceOf(drillPlace(site));
  expect(Object.keys(reference).length).toBeGreaterThan(3);
});

describe('the network', () => {
  test.each<readonly [string, DrillFile]>([
    ['the connection dies in the body, once', 'deb'],
    ['500, then fine', 'InRelease'],
    ['silence in the body, every time', 'InRelease'],
    ['a redirect to itself', 'Packages'],
    ['the sign-in page of a guest network', 'deb'],
  ])('%s: %s', async (name, file) => {
    const fault = networkFaults.find((one) => one.name === name);
    if (fault === undefined) throw new Error(`no fault is called ${name}`);
    expect(await drillNetwork(site, reference, fault, file)).toBe('right');
  });

  test('a proxy that refuses, one that is not there, and one that works', async () => {
    const proxy = await startProxyServer();
    const { port, pathname } = new URL(site.url);
    const url = `http://mirror.invalid:${port}${pathname}`;
    const place = drillPlace({ ...site, url }, { env: { http_proxy: site.server.url } });
    const before = contents(place.folder);
    for (const [status, code] of [
      [407, 'KP6011'],
      [502, 'KP6011'],
    ] as const) {
      site.server.routes.set(`${url}/dists/small/InRelease`, { kind: 'status', status });
      const result = await build(place);
      expect(result.stderr).toContain(`error ${code}: `);
      expect(result).toMatchObject({ status: 4, stdout: '' });
    }
    site.server.routes.clear();
    const result = await build(place, { env: { http_proxy: 'http://127.0.0.1:9' } });
    expect(result.stderr).toContain('error KP6010: ');
    expect(result.status).toBe(4);
    expect(contents(place.folder)).toEqual(before);
    await expectRight(place, reference, { env: { http_proxy: proxy.url } });
    await proxy.close();
  });

  test('limits of a bad line that are no numbers', async () => {
    const result = await build(drillPlace(site), { env: { KILOPY_ATTEMPTS: 'many' } });
    expect(result.stderr).toContain('error KP1006: KILOPY_ATTEMPTS is "many"');
    expect(result.status).toBe(2);
  });
});

test('a package in the store that was damaged by hand', async () => {
  const place = drillPlace(site);
  await referenceOf(place);
  const filled = join(place.folder, '../filled');
  cpSync(place.store, filled, { recursive: true, preserveTimestamps: true });
  chmodSync(join(place.folder, '..'), 0o755);
  const [largest = ''] = storeFiles(filled, 'blobs')
    .map((path) => [path.slice(filled.length + 1), Number(execFileSync('stat', ['-c', '%s', path]))] as const)
    .sort(([, a], [, b]) => b - a)
    .map(([path]) => path);
  for (const damage of damageNames.filter((name) => /flipped|folder|unreadable/u.test(name))) {
    const said = await drillStore(place, filled, reference, [largest], damage);
    expect(said).toMatch(/^warning: .*again/mu);
  }
});

test.skipIf(process.getuid?.() !== 0)('a full disk under the store', async () => {
  const place = drillPlace(site);
  mkdirSync(place.store);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place.store]);
  try {
    const before = contents(place.folder);
    const result = await build(place);
    expect(result.stderr).toMatch(/error KP6004: .*No space is left/u);
    expect(result).toMatchObject({ status: 2, stdout: '' });
    expect(contents(place.folder)).toEqual(before);
    execFileSync('mount', ['-o', 'remount,size=1g', place.store]);
    await expectRight(place, reference);
  } finally {
    execFileSync('umount', [place.store]);
  }
});

test('five builds that are ended at a recorded moment', async () => {
  const place = drillPlace(site, { outputs: ['oci', 'dir'] });
  const references = await killReferences(place);
  const recorded = await watchBuild(place);
  expect(recorded.status).toBe(0);
  const chosen = moments(recorded, 40, seededRandom(11)).filter((_, at) => at % 8 === 1);
  for (const [at, moment] of chosen.entries()) {
    rmSync(place.store, { recursive: true, force: true });
    await drillKill(place, at % 2 === 0 ? 1 : 0, references, at % 2 === 0 ? 'SIGKILL' : 'SIGINT', moment);
  }
});
