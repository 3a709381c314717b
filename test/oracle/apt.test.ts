import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { debVersionRules } from '../../src/feed/deb/version.ts';
import { solveDeb } from '../../src/solve/deb/solve-deb.ts';
import { debUniverse } from '../../src/solve/deb/universe.ts';
import { aptRoot, aptRootOf } from '../support/apt-oracle.ts';
import { aptPackages } from '../support/apt-universe.ts';
import { wishSets } from '../support/apt-sets.ts';
import { differencesFromApt } from '../support/compare-with-apt.ts';
import { packagesFromText } from '../support/deb-world.ts';
import { randomWishes, randomWorld } from '../support/random-world.ts';
import { expectWithin } from '../support/expect-within.ts';

test('forty sets of trixie on amd64: the same packages as apt, or both fail', async () => {
  const root = await aptRoot('amd64');
  const packages = await aptPackages(root);
  const universe = debUniverse(packages);
  // Names as people write them, virtual ones, and a conflict that only the resolver gets out of.
  const known = ['micropython', 'python3 ca-certificates', 'awk', 'micropython:amd64', 'micropython:arm64', 'libc-dev'];
  const hard = [
    'bash/trixie',
    'debconf-2.0',
    'openssl/trixie-security',
    'ukui-themes gnat-13-i686-linux-gnu finit-sysv',
  ];
  const sets = [...[...known, ...hard].map((set) => set.split(' ')), ...wishSets(packages, 1, 30)];
  expect(await differencesFromApt(root, universe, sets)).toEqual([]);
});

test('micropython out of all of trixie is chosen within the blink of an eye', async () => {
  const packages = await aptPackages(await aptRoot('amd64'));
  const problem = {
    universe: debUniverse(packages),
    rules: debVersionRules,
    architecture: 'amd64',
    wishes: [{ text: 'micropython' }],
  };
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    expect(solveDeb(problem).ok).toBe(true);
    return performance.now() - start;
  });
  expectWithin(Math.min(...times), 50);
});

// Small enough for apt's sort to keep the order of equals: above sixteen names that order is an accident of its sort.
test.each([1, 2, 3])('a world full of conflicts (%i): the same as apt', async (seed) => {
  const folder = await mkdtemp(join(tmpdir(), 'kilopy-apt-'));
  try {
    const text = randomWorld(seed, 12);
    const sets = Array.from({ length: 12 }, (_, index) => randomWishes(1000 * seed + index, 12));
    const root = await aptRootOf(text, folder);
    expect(await differencesFromApt(root, debUniverse(packagesFromText(text)), sets)).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
