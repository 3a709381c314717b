import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { giveToNobody, runCliAsNobody } from '../support/as-nobody.ts';
import { runCli } from '../support/cli.ts';
import { clockAt } from '../support/drill-clock.ts';
import {
  build,
  buildWords,
  contents,
  drillPlace,
  expectRight,
  expectTidy,
  openSite,
  referenceOf,
  written,
  type Contents,
  type DrillSite,
} from '../support/drill-site.ts';
import { expectWholeStore } from '../support/failing-cli.ts';

/** Homes, users, paths and clocks that are not as usual, and builds side by side. */

// Each builds several times, on a machine that may be busy.
vi.setConfig({ testTimeout: 900_000 });

let site: DrillSite;
let reference: Contents;

beforeAll(async () => {
  const fields = { 'Valid-Until': new Date(Date.now() + 7 * 86_400_000).toUTCString().replace('GMT', 'UTC') };
  site = await openSite({ fields });
});

afterAll(async () => {
  await site.close();
});

test('an undisturbed build', async () => {
  reference = await referenceOf(drillPlace(site));
  expect(Object.keys(reference).length).toBeGreaterThan(3);
});

describe('a home', () => {
  test('that may not be written is named, and another folder helps', async () => {
    const place = drillPlace(site);
    const home = join(place.folder, 'home');
    mkdirSync(home);
    giveToNobody(join(place.folder, '..'));
    chmodSync(home, 0o555);
    const env = { ...place.env, HOME: home };
    const options = { cwd: place.folder, env: { ...env, KILOPY_CACHE: undefined } };
    const result = await runCliAsNobody(buildWords, options);
    expect(result.stderr).toContain('error KP6001: ');
    expect(result.stderr).toContain(home);
    expect(result.stderr).toContain('KILOPY_CACHE');
    expect(result).toMatchObject({ status: 2, stdout: '' });
    expect(readdirSync(place.folder).sort()).toEqual(['app', 'home']);
    expect(await runCliAsNobody(buildWords, { cwd: place.folder, env })).toMatchObject({ status: 0 });
    expect(written(place)).toEqual(reference);
    expectTidy(place);
  });

  test('that is not there at all is not needed with a store', async () => {
    const place = drillPlace(site);
    expect(await expectRight(place, reference, { env: { HOME: undefined } })).toMatchObject({ status: 0 });
  });

  test('that is empty does not put the store into the working directory', async () => {
    const place = drillPlace(site);
    giveToNobody(join(place.folder, '..'));
    const env = { ...place.env, HOME: '', KILOPY_CACHE: undefined, XDG_CACHE_HOME: undefined };
    const result = await runCliAsNobody([...buildWords, '--offline'], { cwd: place.folder, env });
    expect(result.status).not.toBe(0);
    expect(result.status).not.toBe(70);
    expect(readdirSync(place.folder)).toEqual(['app']);
  });
});

const longName = `${'n'.repeat(251)}.app`;

describe('paths', () => {
  test.each([
    ['with spaces, quotes, newlines and what is not ASCII', '-one folder\'s\n"name" $HOME *\t日本\n'],
    ['with a name of 255 bytes', longName],
  ])('%s', async (_, name) => {
    const place = drillPlace(site);
    const top = join(place.folder, name);
    mkdirSync(join(top, 'tmp'), { recursive: true });
    renameSync(join(place.folder, 'app'), join(top, 'app'));
    const moved = { ...place, folder: top, store: join(top, 'store') };
    const env = { ...place.env, KILOPY_CACHE: moved.store, TMPDIR: join(top, 'tmp') };
    const words = ['build', join(top, 'app'), '--out-dir', join(top, 'out')];
    expect(await runCli(words, { cwd: top, env })).toMatchObject({ status: 0 });
    expect(written(moved)).toEqual(reference);
    expectTidy({ ...moved, env });
  });

  test('an application whose folder has a name of 255 bytes', async () => {
    const place = drillPlace(site);
    renameSync(join(place.folder, 'app'), join(place.folder, longName));
    const result = await runCli(['build', longName, '--out-dir', 'out'], { cwd: place.folder, env: place.env });
    expect(result).toMatchObject({ status: 0 });
    expect(Object.keys(contents(join(place.folder, 'out'))).length).toBe(2);
    expectTidy(place);
  });
});

describe('a clock', () => {
  test.each([
    ['in 1970', '1970-01-02T00:00:00Z', 'KP5007'],
    ['in 2100', '2100-01-01T00:00:00Z', 'KP5051'],
  ])('%s: the error names the clock, nothing is kept, and a lock still builds', async (_, iso, code) => {
    const place = drillPlace(site);
    const env = clockAt(iso);
    const before = contents(place.folder);
    const result = await build(place, { env });
    expect(result.stderr).toContain(`error ${code}: `);
    expect(result.stderr).toMatch(/clock/u);
    expect(result).toMatchObject({ status: 5, stdout: '' });
    expect(contents(place.folder)).toEqual(before);
    expectWholeStore(place.store);
    await expectRight(place, reference);
    rmSync(join(place.folder, 'out'), { recursive: true });
    await expectRight(place, reference, { env });
  });
});

test.each([2, 4])('%d cold builds at once fetch each file once', async (count) => {
  const one = drillPlace(site);
  const places = [one, ...Array.from({ length: count - 1 }, () => ({ ...drillPlace(site), store: one.store }))];
  const env = { KILOPY_CACHE: one.store };
  const before = site.server.requests.length;
  const results = await Promise.all(places.map((place) => build(place, { env })));
  for (const [index, place] of places.entries()) {
    expect(results[index]?.status === 0 ? '' : results[index]?.stderr).toBe('');
    expect(written(place)).toEqual(reference);
  }
  expectTidy(one);
  const asked = site.server.requests.slice(before).map(({ path }) => path);
  const blobs = asked.filter((path) => /\.deb$|by-hash|Packages/u.test(path));
  expect(blobs.length).toBeGreaterThan(3);
  expect([...new Set(blobs)].sort()).toEqual(blobs.sort());
});
