import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lastStep } from '../support/drill-kill.ts';
import {
  build,
  contents,
  drillPlace,
  expectRight,
  openSite,
  referenceOf,
  type Contents,
  type DrillSite,
} from '../support/drill-site.ts';
import { expectWholeStore } from '../support/failing-cli.ts';
import { whole } from '../support/extent.ts';

/** A disk that is full at every moment of a build: file systems of growing size for the store, the outputs and scratch. */

const outputs = ['oci', 'tar'];
let site: DrillSite;
let reference: Contents;

beforeAll(async () => {
  site = await openSite();
});

afterAll(async () => {
  await site.close();
});

const neededBytes = { store: 0, out: 0, tmp: 0 };

test('an undisturbed build', async () => {
  const place = drillPlace(site, { outputs });
  reference = await referenceOf(place);
  expect(Object.keys(reference).length).toBeGreaterThan(3);
  neededBytes.store = usedBytes(place.store);
  neededBytes.out = usedBytes(join(place.folder, 'out'));
});

/** As tmpfs counts: whole pages for files, nothing for folders. */
function usedBytes(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const pages = files.map((file) => Math.ceil(statSync(join(file.parentPath, file.name)).size / 4096));
  return pages.reduce((sum, count) => sum + count * 4096, 0);
}

function mountTmpfs(folder: string, sizeBytes: number): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${String(sizeBytes)},mode=0755`, 'tmpfs', folder]);
}

/** Parts of what a whole build needs, closer and closer to all of it. */
const allShares = [
  0.001, 0.01, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998,
];

/** On CI every second. */
const shares = allShares.filter((_, at) => whole || at % 2 === 0);

/** Each is twice the one before. */
const doublings = Array.from({ length: 20 }, (_, at) => 4096 * 2 ** at);

interface Disk {
  readonly name: string;
  readonly folder: 'out' | 'store' | 'tmp';
  /** Whether what it needs in the end is the most that it needs. */
  readonly grows: boolean;
  readonly code: string;
  /** Steps in which a build has to have failed for one size or another. */
  readonly steps: readonly string[];
}

const disks: readonly Disk[] = [
  {
    name: 'of the store',
    folder: 'store',
    grows: true,
    code: 'KP6004',
    steps: ['feed', 'fetch', 'unpack', 'compress'],
  },
  { name: 'of the outputs', folder: 'out', grows: true, code: 'KP1005', steps: ['write'] },
  { name: 'of scratch files', folder: 'tmp', grows: false, code: 'KP1005', steps: ['imports'] },
];

describe.skipIf(process.getuid?.() !== 0)('a full disk', () => {
  test.each(disks)('$name', async ({ folder, grows, code, steps }) => {
    const seen = new Set<string>();
    let failures = 0;
    let fits = false;
    const sizes = grows ? shares.map((share) => Math.ceil((share * neededBytes[folder]) / 4096) * 4096) : doublings;
    for (const sizeBytes of sizes) {
      const place = drillPlace(site, { outputs });
      const mounted = folder === 'out' ? join(place.folder, 'out') : join(place.folder, '..', folder);
      mkdirSync(mounted, { recursive: true });
      mountTmpfs(mounted, sizeBytes);
      try {
        if (folder === 'out') writeFileSync(join(mounted, 'app-amd64.oci.tar'), 'an older output');
        const before = contents(place.folder);
        const result = await build(place, {}, ['--verbose']);
        if (result.status === 0) {
          fits = true;
          break;
        }
        failures += 1;
        expect(result.stderr).toContain(`error ${code}: `);
        expect(result).toMatchObject({ status: 2, stdout: '' });
        expect(result.stderr).toMatch(/no space/iu);
        expectOldOrNew(contents(place.folder), before, reference);
        expectWholeStore(place.store);
        seen.add(lastStep(result.stderr));
        execFileSync('mount', ['-o', 'remount,size=1g', mounted]);
        await expectRight(place, reference);
      } finally {
        execFileSync('umount', [mounted]);
        rmSync(place.folder, { recursive: true });
      }
    }
    expect([...seen]).toEqual(expect.arrayContaining([...steps]));
    console.log(`${String(failures)} sizes too small, failing in ${[...seen].join(', ')}`);
    expect(fits || grows).toBe(true);
    expect(failures).toBeGreaterThan(5);
  });
});

/** Of several outputs the first may be there already; each is the old or the new one. */
function expectOldOrNew(found: Contents, before: Contents, fresh: Contents): void {
  expect(Object.keys(before).filter((path) => found[path] === undefined)).toEqual([]);
  const others = Object.entries(found).filter(([path, content]) => ![before[path], fresh[path]].includes(content));
  expect(others).toEqual([]);
}
