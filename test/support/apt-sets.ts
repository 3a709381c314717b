import type { DebPackage } from '../../src/solve/deb/deb-package.ts';
import { seededRandom } from './random.ts';

/**
 * Sets of one to five wishes, the same for one seed: names at random, and of the kinds that are hard: names in
 * conflicts, virtual names, members of alternatives, exact versions, qualified names.
 */
export function wishSets(packages: readonly DebPackage[], seed: number, count: number): readonly (readonly string[])[] {
  const random = seededRandom(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const names = [...new Set(packages.map(({ name }) => name))];
  const fighters = packages.filter(({ name, conflicts }) => conflicts.length > 0 && !name.startsWith('librust-'));
  const choosy = packages.filter(({ depends }) => depends.some((alternatives) => alternatives.length > 1));
  const givers = packages.filter(({ name, provides }) => provides.length > 0 && !name.startsWith('librust-'));
  const small = packages.filter(({ priority }) => priority !== 'optional');
  const kinds: readonly (() => readonly string[])[] = [
    () => [pick(names)],
    () => [pick(names)],
    () => [pick(names), pick(names)],
    () => {
      const fighter = pick(fighters);
      return [fighter.name, pick(fighter.conflicts).name];
    },
    () => [pick(fighters).name],
    () => [pick(choosy).name],
    () => [
      pick(
        pick(choosy)
          .depends.filter((alternatives) => alternatives.length > 1)
          .flat()
          .concat([{ name: 'bash' }]),
      ).name,
    ],
    () => [pick(pick(givers).provides).name],
    () => [pick(givers).name],
    () => [pick(small).name],
    () => {
      const { name, version } = pick(packages);
      return [`${name}=${version}`];
    },
  ];
  return Array.from({ length: count }, () => {
    const size = 1 + Math.floor(random() * 5);
    const set: string[] = [];
    while (set.length < size) set.push(...pick(kinds)());
    return [...new Set(set.slice(0, 5))];
  });
}
