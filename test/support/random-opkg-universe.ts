/** Feeds of opkg that nobody would keep, as texts of control files, and requests to try on them. The same for one seed. */
export interface RandomOpkgUniverse {
  /** The packages of each feed, in the order of its index. */
  readonly feeds: readonly (readonly RandomIpk[])[];
  /** libc and kernel, installed from files before all else. */
  readonly byHand: readonly RandomIpk[];
  readonly requests: readonly (readonly string[])[];
}

export interface RandomIpk {
  readonly fileName: string;
  readonly control: string;
  /** A path that others may bring too. */
  readonly path: string | undefined;
}

const operators = ['<<', '<=', '=', '>=', '>>', '<', '>'];
const versionSets = [
  ['1', '2', '3'],
  ['1.0-1', '1.0-2', '1.1-1', '2.0-r1', '1.0~rc1-1', '1.0-r10', '1.0-r2'],
  ['1', '1-0', '1-00', '1.0', '01', '1:0', '1a', '1+b', '1~'],
];

export function randomOpkgUniverse(random: () => number, architecture: string): RandomOpkgUniverse {
  const below = (limit: number): number => Math.floor(random() * limit);
  const chance = (probability: number): boolean => random() < probability;
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const size = pick([3, 6, 10, 16, 30]);
  const versions = pick(versionSets);
  const names = Array.from({ length: size }, (_, i) => `${pick(['p', 'lib-', 'Z', 'a+'])}${String(i)}`);
  const virtuals = Array.from({ length: Math.ceil(size / 3) }, (_, i) => `${pick(['v', '@v'])}${String(i)}`);
  const odds = {
    absent: pick([0, 0.02, 0.1]),
    condition: pick([0.05, 0.3, 0.6]),
    depends: pick([0.3, 0.7, 0.95]),
    conflicts: pick([0, 0.1, 0.4]),
    provides: pick([0.1, 0.4, 0.8]),
    replaces: pick([0, 0.1, 0.4]),
    alternatives: pick([0, 0.15, 0.5]),
    path: pick([0, 0.1, 0.4]),
    foreign: pick([0, 0.2]),
    second: pick([0.05, 0.3, 0.7]),
  };
  const any = (): string => (chance(odds.absent) ? 'absent' : chance(0.25) ? pick(virtuals) : pick(names));
  const condition = (): string => (chance(odds.condition) ? ` (${pick(operators)} ${pick(versions)})` : '');
  const relation = (): string => any() + condition();
  const dependency = (): string =>
    chance(odds.alternatives) ? Array.from({ length: 2 + below(2) }, relation).join(' | ') : relation();
  const some = (probability: number, most: number, make: () => string): string =>
    chance(probability) ? Array.from({ length: 1 + below(most) }, make).join(', ') : '';

  let count = 0;
  function ipk(name: string, version: string, own: string): RandomIpk {
    const fields = [
      ['Depends', some(odds.depends, 3, dependency)],
      ['Conflicts', some(odds.conflicts, 2, relation)],
      ['Provides', some(odds.provides, 2, () => (chance(0.8) ? pick(virtuals) : pick(names)))],
      ['Replaces', some(odds.replaces, 2, any)],
      ['Architecture', own],
    ].filter(([, value]) => value !== '');
    if (chance(0.2)) fields.reverse();
    const control = [['Package', name], ['Version', version], ...fields].map((pair) => `${pair.join(': ')}\n`).join('');
    count += 1;
    return {
      fileName: `${String(count)}.ipk`,
      control,
      path: chance(odds.path) ? `usr/lib/f${String(below(6))}` : undefined,
    };
  }

  const feeds = Array.from({ length: pick([1, 1, 2, 3]) }, (_, at) =>
    names
      .filter(() => at === 0 || chance(0.5))
      .flatMap((name) => {
        const wanted = Array.from({ length: chance(odds.second) ? 2 : 1 }, () => pick(versions));
        return wanted.map((version) => {
          const own = chance(odds.foreign) ? pick(['all', 'other']) : architecture;
          return ipk(name, version, own);
        });
      }),
  );
  const byHand = chance(0.7) ? ['libc', 'kernel'].map((name) => ipk(name, pick(versions), architecture)) : [];
  const requests = Array.from({ length: 5 }, () => [
    ...new Set(Array.from({ length: 1 + below(4) }, () => (chance(0.2) ? pick(virtuals) : pick(names)))),
  ]);
  return { feeds, byHand, requests };
}
