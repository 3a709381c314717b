import { createHash } from 'node:crypto';

/** Repositories that nobody would maintain, as texts of APKINDEX, and worlds to try on them. The same for one seed. */
export interface RandomApkUniverse {
  readonly repositories: readonly { readonly tag: string | undefined; readonly text: string }[];
  readonly worlds: readonly (readonly string[])[];
}

const versions = ['1', '1.0', '1.1-r0', '1.1-r1', '2_alpha1', '2', '2.0.1', '10', '2_p1', '3~abc123'];
const operators = ['=', '<', '>', '<=', '>=', '~', '>~', '<~', '~='];

export function randomApkUniverse(random: () => number): RandomApkUniverse {
  const below = (limit: number): number => Math.floor(random() * limit);
  const chance = (probability: number): boolean => random() < probability;
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const size = 3 + below(8);
  const real = (): string => `p${String(below(size))}`;
  const virtual = (): string => `v${String(below(Math.ceil(size / 2)))}`;
  const any = (): string => (chance(0.25) ? virtual() : chance(0.01) ? 'absent' : real());
  const condition = (): string => (chance(0.15) ? pick(operators) + pick(versions) : '');
  const relation = (): string => `${chance(0.06) ? '!' : ''}${any()}${condition()}`;
  const provision = (): string => {
    const name = chance(0.85) ? virtual() : real();
    return chance(0.5) ? `${name}=${pick(versions)}` : name;
  };
  const some = (probability: number, make: () => string): string =>
    chance(probability) ? Array.from({ length: 1 + below(2) }, make).join(' ') : '';

  function record(name: string, version: string, salt: string): string {
    const hash = createHash('sha1').update(`${name} ${version} ${salt}`).digest('base64');
    const lines = [`C:Q1${hash}`, `P:${name}`, `V:${version}`, 'A:x86_64', 'S:1', `I:${String(1 + below(3))}`];
    const field = (letter: string, value: string): void => void (value !== '' && lines.push(`${letter}:${value}`));
    field('D', some(0.6, relation));
    field('p', some(0.7, provision));
    if (chance(0.1)) field('p', provision());
    field('i', some(0.12, relation));
    field('o', chance(0.5) ? `o${String(below(3))}` : '');
    field('k', chance(0.4) ? String(below(3) * 10) : '');
    return `${lines.join('\n')}\n`;
  }

  const tags = [
    undefined,
    ...(chance(0.5) ? [undefined] : []),
    ...(chance(0.4) ? ['edge'] : []),
    ...(chance(0.15) ? ['t2'] : []),
  ];
  const seen: string[] = [];
  const repositories = tags.map((tag, at) => {
    const records: string[] = [];
    for (let index = 0; index < size; index += 1) {
      if (at > 0 && chance(0.4)) continue;
      const count = chance(0.25) ? 2 : chance(0.05) ? 0 : 1;
      const own = new Set(Array.from({ length: count }, () => pick(versions)));
      for (const version of own) records.push(record(`p${String(index)}`, version, chance(0.7) ? '' : String(at)));
    }
    // The very same package in another repository.
    if (seen.length > 0 && chance(0.5)) records.push(pick(seen));
    seen.push(...records);
    return { tag, text: `${[...new Set(records)].join('\n')}\n` };
  });
  const known = [...new Set(tags.filter((tag) => tag !== undefined))];
  const wish = (): string => {
    const tag = known.length > 0 && chance(0.25) ? `@${pick(known)}` : '';
    return `${chance(0.08) ? '!' : ''}${any()}${tag}${condition()}`;
  };
  const worlds = Array.from({ length: 4 }, () => [...new Set(Array.from({ length: 1 + below(4) }, wish))]);
  return { repositories, worlds };
}
