import { describe, expect, test } from 'vitest';
import { compareOpkgVersions } from '../../feed/opkg/version.ts';
import type { Solution, VersionRules } from '../problem.ts';
import { parseOpkgDependencies, parseOpkgNames } from './dependency.ts';
import type { OpkgFile, OpkgFiles, OpkgPackage } from './opkg-package.ts';
import { solveOpkgCompat } from './solve-compat.ts';
import { solveOpkg } from './solve-opkg.ts';
import { opkgPriorities, opkgUniverse } from './universe.ts';

const rules: VersionRules = {
  kind: 'opkg',
  isValid: () => true,
  compare: compareOpkgVersions,
  satisfies(a, operator, b) {
    const order = compareOpkgVersions(a, b);
    if (operator === '<<') return order < 0;
    if (operator === '>>') return order > 0;
    return order === 0 || (operator.startsWith('<') && order < 0) || (operator.startsWith('>') && order > 0);
  },
};

/** `name version; Depends: x; Provides: y`, and `/path` for files. */
function pkg(text: string, isByHand = false): OpkgPackage & { readonly files: readonly OpkgFile[] } {
  const [head = '', ...rest] = text.split(';').map((part) => part.trim());
  const [name = '', version = '1', architecture = 'all'] = head.split(' ');
  const field = (title: string): string =>
    rest
      .find((part) => part.startsWith(`${title}:`))
      ?.slice(title.length + 1)
      .trim() ?? '';
  return {
    name,
    version,
    architecture,
    feed: 'test',
    depends: [...parseOpkgDependencies(field('Depends')), ...parseOpkgDependencies(field('Recommends'), 'recommends')],
    provides: parseOpkgNames(field('Provides')),
    conflicts: parseOpkgDependencies(field('Conflicts')),
    replaces: parseOpkgNames(field('Replaces')),
    isHeld: rest.includes('hold'),
    isEssential: false,
    isByHand,
    files: rest.filter((part) => part.startsWith('/')).map((path) => ({ path: path.slice(1), type: 'file' })),
  };
}

function filesOf(one: OpkgPackage): OpkgFiles {
  return { files: (one as ReturnType<typeof pkg>).files, conffiles: [] };
}

function ask(
  strategy: typeof solveOpkg,
  feed: readonly string[],
  wishes: string,
  hand: readonly string[] = [],
): object {
  const packages = feed.map((text) => pkg(text));
  const universe = opkgUniverse(
    packages,
    hand.map((text) => pkg(text, true)),
    opkgPriorities('mips_24kc'),
  );
  const solution = strategy({
    universe,
    wishes: wishes.split(' ').map((text) => ({ text })),
    rules,
    filesOf,
  });
  return describeSolution(solution);
}

function describeSolution(solution: Solution): object {
  const steps = (solution.ok ? solution.plan : solution.partial)?.steps ?? [];
  const install = steps.map(({ package: one }) => `${one.name} ${one.version}`).join(', ');
  return solution.ok ? { install } : { install, error: solution.explanation.summary };
}

const micropython = ['micropython-mbedtls 1; Provides: micropython', 'micropython-nossl 1; Provides: micropython'];

interface Row {
  readonly feed: readonly string[];
  readonly wishes: string;
  readonly real: object;
  /** Absent where kilopy answers the same. */
  readonly right?: object;
}

// The answers of `real` are those of opkg-lede 2024-10-16.
const rows: Readonly<Record<string, Row>> = {
  'a virtual name on the command line takes the first provider': {
    feed: micropython,
    wishes: 'micropython',
    real: { install: 'micropython-mbedtls 1' },
  },
  'a virtual name of a dependency takes the last provider': {
    feed: [...micropython, 'micropython-lib 1; Depends: micropython'],
    wishes: 'micropython-lib',
    real: { install: 'micropython-nossl 1, micropython-lib 1' },
  },
  'a provider that is asked for is taken': {
    feed: [...micropython, 'micropython-lib 1; Depends: micropython'],
    wishes: 'micropython-lib micropython-mbedtls',
    real: { install: 'micropython-mbedtls 1, micropython-lib 1' },
  },
  'strict comparisons accept equality in opkg': {
    feed: ['a 1; Depends: lib (>> 2.0-r1)', 'lib 2.0-r1'],
    wishes: 'a',
    real: { install: 'lib 2.0-r1, a 1' },
    right: { install: '', error: 'a needs lib (>> 2.0-r1): the feeds have lib 2.0-r1' },
  },
  'versions of provided names are only names': {
    feed: ['a 1; Depends: thing', 'b 1; Provides: thing=5'],
    wishes: 'a',
    real: { install: '', error: 'opkg cannot install a' },
    right: { install: '', error: 'a needs thing, which no feed has' },
  },
  'an alternative that is not there is passed over': {
    feed: ['a 1; Depends: nosuch | lib', 'lib 1'],
    wishes: 'a',
    real: { install: 'lib 1, a 1' },
  },
  'a conflict is not seen from the other side': {
    feed: ['clash1 1; Conflicts: clash2', 'clash2 1'],
    wishes: 'clash1 clash2',
    real: { install: 'clash1 1, clash2 1' },
    right: { install: '', error: 'clash1 conflicts with clash2' },
  },
  'what is installed stays when the rest fails': {
    feed: ['one 1', 'two 1; Depends: gone', 'three 1'],
    wishes: 'one two three',
    real: { install: 'one 1, three 1', error: 'opkg cannot install two' },
    right: { install: '', error: 'two needs gone, which no feed has' },
  },
  'the newest version, and the own architecture before all': {
    feed: ['a 1.0~rc1', 'a 1.0-r10 all', 'a 1.0-r10 mips_24kc', 'a 1.0-r2', 'a 2 other'],
    wishes: 'a',
    real: { install: 'a 1.0-r10' },
  },
  'two packages with one file': {
    feed: ['a 1;/etc/x', 'b 1;/etc/x'],
    wishes: 'a b',
    real: { install: 'a 1', error: 'opkg cannot install b' },
    right: { install: '', error: 'b and a both bring /etc/x' },
  },
  'a greedy dependency takes all': {
    feed: ['a 1; Depends: plugin *', 'p1 1; Provides: plugin', 'p2 1; Provides: plugin'],
    wishes: 'a',
    real: { install: 'p1 1, p2 1, a 1' },
  },
  'circles end': {
    feed: ['a 1; Depends: b', 'b 1; Depends: a'],
    wishes: 'a',
    real: { install: 'a 1, b 1' },
    right: { install: 'b 1, a 1' },
  },
  'recommendations are installed where they can be': {
    feed: ['a 1; Recommends: b, gone', 'b 1'],
    wishes: 'a',
    real: { install: 'b 1, a 1' },
  },
  'an unknown name': {
    feed: ['alpha 1'],
    wishes: 'alpa',
    real: { install: '', error: 'opkg cannot install alpa' },
    right: { install: '', error: 'no feed has alpa' },
  },
};

describe.each(Object.entries(rows))('%s', (_, { feed, wishes, real, right }) => {
  test('with --compat opkg', () => {
    expect(ask(solveOpkgCompat, feed, wishes)).toEqual(real);
  });

  test('without', () => {
    expect(ask(solveOpkg, feed, wishes)).toEqual(right ?? real);
  });
});

test('another choice is tried where the first leads nowhere', () => {
  const feed = ['a 1; Depends: x, v', 'p1 1; Provides: v', 'p2 1; Provides: v; Conflicts: x', 'x 1'];
  expect(ask(solveOpkg, feed, 'a')).toEqual({ install: 'x 1, p1 1, a 1' });
  // opkg keeps its choice, the last provider, and gives up.
  expect(ask(solveOpkgCompat, feed, 'a')).toEqual({ install: 'x 1', error: 'opkg cannot install a' });
});

test('what was found to be impossible is taken by opkg when it is asked about again', () => {
  const feed = ['bad 1; Depends: gone; Provides: v', 'a 1; Depends: v', 'b 1; Depends: v'];
  expect(ask(solveOpkg, feed, 'a b')).toMatchObject({ install: '' });
  expect(ask(solveOpkgCompat, feed, 'a b')).toEqual({ install: 'bad 1, b 1', error: 'opkg cannot install a' });
});

test('opkg asks twice at once about a package that replaces another, and so believes it the second time', () => {
  const other = 'x 1; Conflicts: bad';
  expect(ask(solveOpkgCompat, ['bad 1; Depends: gone', other], 'bad x')).toEqual({
    install: 'x 1',
    error: 'opkg cannot install bad',
  });
  // Chosen, it counts as what shall be installed although it fails.
  expect(ask(solveOpkgCompat, ['bad 1; Depends: gone; Replaces: old', other], 'bad x')).toEqual({
    install: '',
    error: 'opkg cannot install bad, x',
  });
});

test('versions that are equal though they are written differently are one to opkg, the later', () => {
  const feed = ['a 1', 'b 1; Depends: a', 'a 1-0'];
  expect(ask(solveOpkgCompat, feed, 'b')).toEqual({ install: 'a 1-0, b 1' });
});

test('a condition without a sign is none', () => {
  expect(ask(solveOpkgCompat, ['a 1; Depends: b (3)', 'b 1'], 'a')).toEqual({ install: 'b 1, a 1' });
  expect(ask(solveOpkg, ['a 1; Depends: b ( >= 3)', 'b 1'], 'a')).toEqual({ install: 'b 1, a 1' });
});

test('a file that is installed by hand counts as named on the command line', () => {
  const hand = ['z 1; Depends: x (<= 3); Provides: x'];
  expect(ask(solveOpkgCompat, ['x 3', 'a 1'], 'a', hand)).toEqual({ install: 'z 1, a 1' });
});

test('what only the older version needed goes when a newer one is installed, unless opkg has read of the need twice', () => {
  const older = 'a 1; Depends: helper';
  expect(ask(solveOpkgCompat, ['helper 1', 'a 2'], 'a', [older])).toEqual({ install: 'a 2' });
  expect(ask(solveOpkgCompat, ['helper 1', older, 'a 2'], 'a', [older])).toEqual({ install: 'helper 1, a 2' });
});

test('libc and kernel come from files, before all else', () => {
  const feed = ['a 1; Depends: libc, kmod-x', 'kmod-x 1; Depends: kernel (=5.1)', 'libgcc1 1'];
  const hand = ['libc 1.2; Depends: libgcc1; hold', 'kernel 5.1; Depends: libc'];
  const install = 'libgcc1 1, libc 1.2, kernel 5.1, kmod-x 1, a 1';
  expect(ask(solveOpkg, feed, 'a', hand)).toEqual({ install });
  expect(ask(solveOpkgCompat, feed, 'a', hand)).toEqual({ install });
});

test('a version that is asked for', () => {
  expect(ask(solveOpkg, ['a 1', 'a 2'], 'a=1')).toEqual({ install: 'a 1' });
  expect(ask(solveOpkgCompat, ['a 1', 'a 2'], 'a=1')).toEqual({ install: '', error: 'opkg cannot install a=1' });
});
