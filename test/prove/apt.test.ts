import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { debUniverse } from '../../src/solve/deb/universe.ts';
import { aptRoot, aptRootOf, oracleArchitectures, type AptRoot } from '../support/apt-oracle.ts';
import { aptPackages } from '../support/apt-universe.ts';
import { wishSets } from '../support/apt-sets.ts';
import { differencesFromApt } from '../support/compare-with-apt.ts';
import { packagesFromText } from '../support/deb-world.ts';
import { randomWishes, randomWorld } from '../support/random-world.ts';
import { whole } from '../support/extent.ts';

const minutes = 60_000;
const [setCount, worlds] = whole ? [125, 50] : [40, 20];

/** Why apt has no lists of an architecture: its mirror is in the middle of an update. */
async function rootOrReason(architecture: string): Promise<{ root?: AptRoot; reason?: string }> {
  try {
    return { root: await aptRoot(architecture) };
  } catch (error) {
    // Anything else than a mirror without lists that belong together is a fault of ours.
    if (!(error as Error).message.startsWith('apt has no lists')) throw error;
    return { reason: (error as Error).message };
  }
}

test.for(oracleArchitectures.map((architecture, index) => [architecture, index] as const))(
  `${String(setCount)} sets of trixie on %s: the same packages as apt, or both fail`,
  { timeout: 30 * minutes },
  async ([architecture, index], { skip }) => {
    const { root, reason } = await rootOrReason(architecture);
    if (root === undefined) {
      skip(reason);
      return;
    }
    const packages = await aptPackages(root);
    const sets = wishSets(packages, 100 + index, setCount);
    expect(await differencesFromApt(root, debUniverse(packages), sets)).toEqual([]);
  },
);

test(
  `${String(worlds)} worlds full of conflicts, twenty wishes each: the same as apt`,
  { timeout: 30 * minutes },
  async () => {
    const differences: string[] = [];
    for (let seed = 100; seed < 100 + worlds; seed += 1) {
      const folder = await mkdtemp(join(tmpdir(), 'kilopy-apt-'));
      try {
        const text = randomWorld(seed, 12);
        const sets = Array.from({ length: 20 }, (_, index) => randomWishes(1000 * seed + index, 12));
        const root = await aptRootOf(text, folder);
        const found = await differencesFromApt(root, debUniverse(packagesFromText(text)), sets);
        differences.push(...found.map((difference) => `world ${String(seed)}: ${difference}`));
      } finally {
        await rm(folder, { recursive: true });
      }
    }
    expect(differences).toEqual([]);
  },
);
