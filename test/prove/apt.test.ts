import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { debUniverse } from '../../src/solve/deb/universe.ts';
import { aptRoot, aptRootOf, oracleArchitectures } from '../support/apt-oracle.ts';
import { aptPackages } from '../support/apt-universe.ts';
import { wishSets } from '../support/apt-sets.ts';
import { differencesFromApt } from '../support/compare-with-apt.ts';
import { packagesFromText } from '../support/deb-world.ts';
import { randomWishes, randomWorld } from '../support/random-world.ts';

const minutes = 60_000;

test.each(oracleArchitectures.map((architecture, index) => [architecture, index] as const))(
  '125 sets of trixie on %s: the same packages as apt, or both fail',
  { timeout: 30 * minutes },
  async (architecture, index) => {
    const root = await aptRoot(architecture);
    const packages = await aptPackages(root);
    const sets = wishSets(packages, 100 + index, 125);
    expect(await differencesFromApt(root, debUniverse(packages), sets)).toEqual([]);
  },
);

test('a thousand wishes in fifty worlds full of conflicts: the same as apt', { timeout: 30 * minutes }, async () => {
  const differences: string[] = [];
  for (let seed = 100; seed < 150; seed += 1) {
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
});
