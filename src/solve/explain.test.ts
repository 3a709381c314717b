import { expect, test } from 'vitest';
import { solveWorld } from '../../test/support/deb-world.ts';
import { formatLocation } from '../errors/kilopy-error.ts';
import { explanationError } from './explain.ts';
import type { Explanation } from './problem.ts';

function explanationOf(world: string, ...wishes: readonly string[]): Explanation {
  const solution = solveWorld(world, ...wishes);
  if (solution.ok) throw new Error('there is a solution');
  return solution.explanation;
}

test('a version that no feed has', () => {
  const world = 'Package: micropython\nVersion: 1.25.0+ds-1';
  expect(explanationOf(world, 'micropython (>= 1.26)')).toMatchObject({
    kind: 'unsatisfiable',
    summary: 'micropython (>= 1.26) is asked for (kilopy.yaml:7:5); trixie has 1.25.0+ds-1',
    where: { line: 7 },
    suggestions: ['micropython=1.25.0+ds-1'],
  });
});

test('a dependency that no feed satisfies, with the chain that leads to it', () => {
  const world = `Package: app
    Depends: middle

    Package: middle
    Pre-Depends: micropython (>= 1.26) | absent

    Package: micropython
    Version: 1.25.0+ds-1`;
  expect(explanationOf(world, 'app')).toEqual({
    kind: 'unsatisfiable',
    package: 'middle',
    summary:
      'middle needs micropython (>= 1.26) | absent (kilopy.yaml:7:5); trixie has 1.25.0+ds-1, there is no package absent',
    chain: [
      'app is asked for (kilopy.yaml:7:5)',
      'app depends on middle',
      'middle needs micropython (>= 1.26) | absent',
    ],
    where: { file: 'kilopy.yaml', line: 7, column: 5 },
  });
});

test('an unknown name, with those that are near', () => {
  const world = 'Package: micropython\n\nPackage: python3';
  const explanation = explanationOf(world, 'micropyhton');
  expect(explanation).toMatchObject({
    kind: 'unknown-package',
    summary: 'There is no package micropyhton (kilopy.yaml:7:5)',
    suggestions: ['micropython'],
  });
  const error = explanationError(explanation);
  expect([error.code, error.exitCode, error.fix]).toEqual(['KP5502', 7, 'did you mean micropython?']);
});

test('two wishes that exclude each other', () => {
  const world = `Package: one
    Conflicts: mail-transport-agent

    Package: two
    Provides: mail-transport-agent`;
  expect(explanationOf(world, 'one', 'two')).toMatchObject({
    kind: 'conflict',
    summary:
      'one (kilopy.yaml:7:5) and two (kilopy.yaml:8:5) exclude each other: one conflicts with mail-transport-agent, which two provides',
    chain: [
      'one is asked for (kilopy.yaml:7:5)',
      'two is asked for (kilopy.yaml:8:5)',
      'one conflicts with mail-transport-agent, which two provides',
    ],
  });
});

test('a conflict further down names who needs its parties', () => {
  const world = `Package: a
    Depends: c

    Package: b
    Depends: d

    Package: c
    Breaks: d (<< 2)

    Package: d`;
  expect(explanationOf(world, 'a', 'b').summary).toBe(
    'c, which a (kilopy.yaml:7:5) needs, and d, which b (kilopy.yaml:8:5) needs, exclude each other: c breaks d (<< 2)',
  );
});

test('a dependency whose every solution is excluded', () => {
  const world = `Package: a
    Conflicts: x, y

    Package: b
    Depends: x | y

    Package: x

    Package: y`;
  expect(explanationOf(world, 'a', 'b')).toMatchObject({
    kind: 'conflict',
    summary: 'b (kilopy.yaml:8:5) needs x | y, and that is excluded: a conflicts with x; a conflicts with y',
  });
});

test('a virtual name with several providers names them', () => {
  const world = 'Package: gawk\nProvides: awk\n\nPackage: mawk\nProvides: awk';
  const error = explanationError(explanationOf(world, 'awk'), 'arm64');
  expect(error.message).toBe(
    '"awk" (kilopy.yaml:7:5) is a virtual package that gawk and mawk provide; name the one that you want (for arm64)',
  );
  expect([error.code, error.fix]).toEqual(['KP5503', 'write one of: gawk, mawk']);
});

test.each([
  ['bad-wish', 'KP5501', 2],
  ['unknown-package', 'KP5502', 7],
  ['unsatisfiable', 'KP5503', 7],
  ['conflict', 'KP5504', 7],
] as const)('%s is %s', (kind, code, exitCode) => {
  const where = { file: 'kilopy.yaml', line: 3, column: 1 };
  const error = explanationError({ kind, summary: 'What is wrong', chain: ['first', 'What is wrong', 'last'], where });
  expect([error.code, error.exitCode, error.message, error.why]).toEqual([
    code,
    exitCode,
    'What is wrong',
    'first; last.',
  ]);
  expect(formatLocation(error.where ?? '')).toBe('kilopy.yaml:3:1');
});
