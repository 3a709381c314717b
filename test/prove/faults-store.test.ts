import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatMark, ownMark } from '../../src/io/process-mark.ts';
import { lockPath, partialPath } from '../../src/store/folders.ts';
import { damageNames, type Damage } from '../support/drill-damage.ts';
import { drillPlace, openSite, referenceOf, type DrillSite } from '../support/drill-site.ts';
import { drillStore, entryKinds } from '../support/drill-store.ts';
import { whole } from '../support/extent.ts';

/** A store that was damaged by hand, one kind of entry at a time: the next build is right, and says what it mended. */
const damages = whole ? damageNames : damageNames.slice(0, 2);

let site: DrillSite;

beforeAll(async () => {
  site = await openSite();
});

afterAll(async () => {
  await site.close();
});

test('every kind of entry with every kind of damage', async () => {
  const place = drillPlace(site, { outputs: ['oci', 'tar'] });
  const reference = await referenceOf(place);
  const filled = join(place.folder, '../filled');
  cpSync(place.store, filled, { recursive: true, preserveTimestamps: true });
  chmodSync(join(place.folder, '..'), 0o755);
  const faults: string[] = [];
  let count = 0;
  async function drill(
    name: string,
    paths: readonly string[],
    damage: Damage | ((path: string) => void),
    told: RegExp,
  ) {
    count += 1;
    try {
      expect(await drillStore(place, filled, reference, paths, damage)).toMatch(told);
    } catch (error) {
      faults.push(`${name} ${typeof damage === 'string' ? damage : ''}: ${(error as Error).message.slice(0, 1200)}`);
    }
  }
  const kinds = entryKinds(filled);
  expect(kinds.length).toBeGreaterThan(10);
  for (const { name, paths } of kinds) {
    expect({ name, count: paths.length }).not.toEqual({ name, count: 0 });
    // All damages for all derived entries together, and one for each kind of them.
    const isOneOfMany = name.startsWith('derived');
    for (const damage of isOneOfMany ? (['with a flipped bit'] as const) : damages) {
      await drill(name, paths, damage, isTold(name, damage) ? /again|anew/u : /^/u);
    }
  }
  const [deb = ''] = kinds[0]?.paths ?? [];
  const digest = `sha256:${basename(deb)}` as const;
  const partial = (store: string): string => partialPath(store, digest);
  const leavings: Readonly<Record<string, (path: string) => void>> = {
    'a good half': (path) => writeFileSync(partial(storeOf(path)), readFileSync(path).subarray(0, 1000)),
    'a wrong half': (path) => writeFileSync(partial(storeOf(path)), Buffer.alloc(1000)),
    'more than the whole': (path) =>
      writeFileSync(partial(storeOf(path)), Buffer.concat([readFileSync(path), Buffer.alloc(9)])),
    'wrong bytes of the right length': (path) =>
      writeFileSync(partial(storeOf(path)), Buffer.alloc(readFileSync(path).length)),
    'a folder as partial': (path) => mkdirSync(partial(storeOf(path))),
    'an unreadable partial': (path) => writeFileSync(partial(storeOf(path)), 'x', { mode: 0 }),
    'a lock of a dead process': (path) =>
      writeFileSync(lockPath(storeOf(path), `download ${digest}`), `${formatMark({ ...ownMark(), start: '1' })}\n`),
    'an empty lock': (path) => writeFileSync(lockPath(storeOf(path), `download ${digest}`), ''),
    'an unreadable lock': (path) => writeFileSync(lockPath(storeOf(path), `download ${digest}`), 'x', { mode: 0 }),
    'a folder as lock': (path) => mkdirSync(lockPath(storeOf(path), `download ${digest}`)),
  };
  for (const [name, leave] of Object.entries(leavings)) {
    await drill(
      name,
      [deb],
      (path) => {
        leave(path);
        rmSync(path);
      },
      /downloading/u,
    );
  }
  console.log(`${String(count)} damages of ${String(kinds.length + 2)} kinds of entries`);
  expect(faults).toEqual([]);
});

/**
 * Whether the build has to say what it mended. What is not there was never known to be, and contents that nothing reads
 * any more may stay as they are.
 */
function isTold(name: string, damage: Damage): boolean {
  // The last complete index is read only when the mirror is out of step, the memory of a build only by the same kilopy.
  if (/last-complete|build-memory/u.test(name)) return false;
  return damage !== 'removed' && (name === 'package' || name.includes('derived'));
}

/** The store of one of its blobs. */
function storeOf(path: string): string {
  return join(dirname(path), '../../..');
}
