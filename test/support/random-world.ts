import { seededRandom } from './random.ts';

/**
 * A Packages file that nobody would maintain: few names, many alternatives, provisions and conflicts, so that most
 * wishes end up in apt's problem resolver. The same for one seed.
 */
export function randomWorld(seed: number, size: number): string {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const chance = (probability: number): boolean => random() < probability;
  const virtual = (): string => `v${String(below(Math.ceil(size / 4)))}`;
  const real = (): string => `p${String(below(size))}`;
  const any = (): string => (chance(0.4) ? virtual() : chance(0.02) ? 'absent' : real());
  const relation = (): string => {
    const name = any();
    if (chance(0.04)) return `${name}:any`;
    return chance(0.12) ? `${name} (${['>=', '<=', '<<'][below(3)] ?? '='} ${String(1 + below(3))})` : name;
  };
  const alternatives = (): string => Array.from({ length: chance(0.5) ? 2 + below(2) : 1 }, relation).join(' | ');
  const stanza = (name: string, version: number): string => {
    const lines = [`Package: ${name}`, `Version: ${String(version)}`, 'Architecture: amd64'];
    const field = (title: string, probability: number, make: () => string): void => {
      if (chance(probability)) lines.push(`${title}: ${make()}`);
    };
    field('Source', 0.3, () => `s${String(below(4))}${chance(0.3) ? ` (${String(below(3))})` : ''}`);
    field(
      'Priority',
      0.9,
      () => ['required', 'important', 'standard', 'optional', 'optional', 'extra'][below(6)] ?? '',
    );
    field('Essential', 0.04, () => 'yes');
    field('Protected', 0.04, () => 'yes');
    field('Multi-Arch', 0.4, () => ['foreign', 'allowed', 'no'][below(3)] ?? '');
    field('Pre-Depends', 0.1, () => list(1, alternatives));
    field('Depends', 0.6, () => list(1 + below(2), alternatives));
    field('Conflicts', 0.15, () => list(1 + below(2), relation));
    field('Breaks', 0.1, () => list(1 + below(2), relation));
    field('Recommends', 0.2, () => list(1, alternatives));
    field('Suggests', 0.2, () => list(1, alternatives));
    field('Replaces', 0.1, () => list(1, relation));
    field('Enhances', 0.1, () => list(1, relation));
    field('Provides', 0.4, () =>
      list(1 + below(2), () =>
        chance(0.3) ? `${virtual()} (= ${String(1 + below(3))})` : chance(0.9) ? virtual() : real(),
      ),
    );
    return `${lines.join('\n')}\nFilename: ${name}_${String(version)}.deb\nSize: 1\nSHA256: ${'0'.repeat(64)}\n`;
  };
  const stanzas = Array.from({ length: size }, (_, index) => {
    const first = 1 + below(3);
    const versions = chance(0.15) ? [first, first + 1] : [first];
    return versions.map((version) => stanza(`p${String(index)}`, version));
  });
  return stanzas.flat().join('\n');
}

export function randomWishes(seed: number, size: number): readonly string[] {
  const random = seededRandom(seed);
  const count = 1 + Math.floor(random() * 4);
  return [...new Set(Array.from({ length: count }, () => `p${String(Math.floor(random() * size))}`))];
}

function list(count: number, make: () => string): string {
  return Array.from({ length: count }, make).join(', ');
}
