import { expect, test } from 'vitest';
import { chosen, solveWorld } from '../../../test/support/deb-world.ts';

/** Each row is a rule of apt: the stanzas, the wishes, and what apt 2.6 chooses (in our install order) or why not. */
const rules: readonly (readonly [rule: string, world: string, wishes: readonly string[], expected: string])[] = [
  [
    'dependencies come along, and nothing that is only recommended or essential',
    `Package: app
     Depends: lib
     Recommends: extra

     Package: base
     Essential: yes

     Package: extra

     Package: lib`,
    ['app'],
    'lib app',
  ],
  [
    'the candidate is the best version',
    `Package: a
     Depends: b (= 2)

     Package: b
     Version: 1

     Package: b
     Version: 2`,
    ['a'],
    'b a',
  ],
  [
    'the first alternative that can be installed is taken',
    `Package: app
     Depends: absent | broken | good | better

     Package: better

     Package: broken
     Depends: absent

     Package: good`,
    ['app'],
    'good app',
  ],
  [
    'an alternative that is there already is enough',
    `Package: app
     Depends: first | second

     Package: first

     Package: second`,
    ['second', 'app'],
    'second app',
  ],
  [
    'an alternative that comes only later, for another wish, is too late',
    `Package: app
     Depends: first | second

     Package: first

     Package: other
     Depends: second

     Package: second`,
    ['app', 'other'],
    'first second app other',
  ],
  [
    'every wish is marked before any dependency is looked at',
    `Package: app
     Depends: first | second

     Package: first

     Package: second`,
    ['app', 'second'],
    'second app',
  ],
  [
    'the package of the very name comes before those who provide it',
    `Package: app
     Depends: real

     Package: other
     Priority: required
     Provides: real

     Package: real
     Priority: optional`,
    ['app'],
    'real app',
  ],
  [
    'among providers the better priority wins',
    `Package: app
     Depends: virtual

     Package: one
     Priority: standard
     Provides: virtual

     Package: two
     Priority: optional
     Provides: virtual`,
    ['app'],
    'one app',
  ],
  [
    'an essential provider comes before one of better priority',
    `Package: app
     Depends: virtual

     Package: one
     Priority: required
     Provides: virtual

     Package: two
     Essential: yes
     Priority: optional
     Provides: virtual`,
    ['app'],
    'two app',
  ],
  [
    'a protected provider comes before one of better priority',
    `Package: app
     Depends: virtual

     Package: one
     Priority: required
     Provides: virtual

     Package: two
     Priority: optional
     Protected: yes
     Provides: virtual`,
    ['app'],
    'two app',
  ],
  [
    'of equal providers the one that the index mentions last',
    `Package: app
     Depends: virtual

     Package: one
     Provides: virtual

     Package: two
     Provides: virtual`,
    ['app'],
    'two app',
  ],
  [
    'a mention in a field counts, even in one that is never followed',
    `Package: app
     Depends: virtual
     Suggests: two

     Package: one
     Provides: virtual

     Package: two
     Provides: virtual`,
    ['app'],
    'one app',
  ],
  [
    'a provision without a version does not satisfy a relation with one',
    `Package: app
     Depends: virtual (>= 1)

     Package: one
     Provides: virtual

     Package: two
     Provides: virtual (= 2)`,
    ['app'],
    'two app',
  ],
  [
    'foo:any reaches packages that allow it and no others',
    `Package: app
     Depends: python:any | other

     Package: other

     Package: python
     Multi-Arch: foreign`,
    ['app'],
    'other app',
  ],
  [
    'foo:any is satisfied by a package that allows it',
    `Package: app
     Depends: python:any (>= 3)

     Package: python
     Multi-Arch: allowed
     Version: 3.13`,
    ['app'],
    'python app',
  ],
  [
    'foo:native and foo:amd64 are foo when the build is for amd64, foo:i386 is nothing',
    `Package: app
     Depends: one:native, two:amd64, three:i386 | four

     Package: four

     Package: one

     Package: three

     Package: two`,
    ['app'],
    'four one two app',
  ],
  [
    'conflicting wishes are an error',
    `Package: a
     Conflicts: b

     Package: b`,
    ['a', 'b'],
    'conflict',
  ],
  [
    'a package may conflict with what it provides',
    `Package: app
     Conflicts: mta
     Provides: mta`,
    ['app'],
    'app',
  ],
  [
    'Breaks with a version leaves other versions alone',
    `Package: a
     Breaks: b (<< 2)

     Package: b
     Version: 2`,
    ['a', 'b'],
    'a b',
  ],
  [
    'an alternative that conflicts with a wish is passed over',
    `Package: app
     Depends: enemy | friend

     Package: enemy
     Conflicts: wish

     Package: friend

     Package: wish`,
    ['wish', 'app'],
    'friend app wish',
  ],
  [
    'what an abandoned alternative pulled in is swept away',
    `Package: app
     Depends: first | second

     Package: enemy
     Conflicts: wish

     Package: first
     Depends: leftover, deep

     Package: deep
     Depends: enemy

     Package: leftover

     Package: second

     Package: wish`,
    ['wish', 'app'],
    'second app wish',
  ],
  [
    'a leftover stays when an installed package suggests it',
    `Package: app
     Depends: first | second
     Suggests: leftover

     Package: enemy
     Conflicts: wish

     Package: first
     Depends: leftover, deep

     Package: deep
     Depends: enemy

     Package: leftover

     Package: second

     Package: wish`,
    ['wish', 'app'],
    'leftover second app wish',
  ],
  [
    'a virtual wish with one provider means that one',
    `Package: only
     Provides: virtual`,
    ['virtual'],
    'only',
  ],
  [
    'a virtual wish with several providers is an error',
    `Package: one
     Provides: virtual

     Package: two
     Provides: virtual`,
    ['virtual'],
    'unsatisfiable',
  ],
  [
    'an exact version is taken although there is a better one',
    `Package: a
     Depends: b (<< 2)

     Package: b
     Version: 1

     Package: b
     Version: 2`,
    ['a', 'b=1'],
    'b a',
  ],
  [
    'without the wish, the older version is not looked for',
    `Package: a
     Depends: b (<< 2)

     Package: b
     Version: 1

     Package: b
     Version: 2`,
    ['a'],
    'unsatisfiable',
  ],
  [
    'circles are no obstacle, and within them Pre-Depends come first',
    `Package: a
     Depends: b

     Package: b
     Depends: c
     Pre-Depends: d

     Package: c
     Depends: a

     Package: d
     Depends: c`,
    ['a'],
    'a c d b',
  ],
  ['an unknown name is an error', 'Package: a', ['b'], 'unknown-package'],
  ['so is what is no name', 'Package: a', ['a b'], 'bad-wish'],
  ['a version that is none is no wish', 'Package: a', ['a=1 2'], 'bad-wish'],
  ['another architecture is an error', 'Package: a', ['a:arm64'], 'bad-wish'],
];

test.each(rules)('%s', (_, world, wishes, expected) => {
  expect(chosen(world, ...wishes)).toBe(expected);
});

test('a version wish takes the best version that satisfies it', () => {
  const world = ['1', '2', '3'].map((version) => `Package: a\nVersion: ${version}`).join('\n\n');
  const versionOf = (wish: string): string | undefined => {
    const solution = solveWorld(world, wish);
    return solution.ok ? solution.plan.steps[0]?.package.version : undefined;
  };
  expect(['a', 'a=2', 'a (<< 3)', 'a>=2', 'a<=1', 'a < 2', 'a (= 4)'].map(versionOf)).toEqual([
    '3',
    '2',
    '2',
    '3',
    '1',
    '1',
    undefined,
  ]);
});

test('every package has the shortest chain from a wish as its reason', () => {
  const solution = solveWorld(
    `Package: app
     Depends: long, short

     Package: deep

     Package: long
     Depends: longer

     Package: longer
     Depends: deep

     Package: short
     Pre-Depends: deep (>= 1)`,
    'app',
  );
  expect(solution.ok && solution.plan.steps.find((step) => step.package.name === 'deep')?.reason).toMatchObject({
    kind: 'depends',
    by: { name: 'short' },
    dependency: 'deep (>= 1)',
    field: 'Pre-Depends',
  });
});

test('a long chain of dependencies is no feat, and an endless one is refused', () => {
  expect(chosen(chain(2900), 'p0').split(' ')).toHaveLength(2901);
  expect(chosen(chain(3600), 'p0')).toBe('conflict');
});

function chain(length: number): string {
  const links = Array.from({ length }, (_, i) => `Package: p${String(i)}\nDepends: p${String(i + 1)}`);
  return [...links, `Package: p${String(length)}`].join('\n\n');
}
