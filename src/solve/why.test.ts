import { expect, test } from 'vitest';
import { solveWorld } from '../../test/support/deb-world.ts';
import type { Plan } from './problem.ts';
import { why } from './why.ts';

const world = `Package: app
  Depends: default-mta | mail-transport-agent

  Package: postfix
  Provides: mail-transport-agent
  Pre-Depends: libc6 (>= 2.38)

  Package: libc6
  Version: 2.41`;

function planOf(...wishes: readonly string[]): Plan {
  const solution = solveWorld(world, ...wishes);
  if (!solution.ok) throw new Error(solution.explanation.summary);
  return solution.plan;
}

test('follows the chain from the wish', () => {
  expect(why(planOf('app'), 'libc6')).toEqual([
    'app is asked for (kilopy.yaml:7:5)',
    'app depends on default-mta | mail-transport-agent: postfix',
    'postfix pre-depends on libc6 (>= 2.38)',
  ]);
});

test('a wish is its own reason, and says how it was written', () => {
  expect(why(planOf('libc6 (>= 2)'), 'libc6')).toEqual(['libc6 is asked for as "libc6 (>= 2)" (kilopy.yaml:7:5)']);
});

test('nothing leads to what is not in the plan', () => {
  expect(why(planOf('libc6'), 'app')).toBeUndefined();
});

test('a package that comes with others says with which', () => {
  const one = { name: 'one', version: '1', architecture: 'x86_64', feed: 'alpine' };
  const two = { ...one, name: 'two' };
  const plan: Plan = {
    steps: [
      { package: one, reason: { kind: 'wish', wish: { text: 'one' } } },
      { package: two, reason: { kind: 'install-if', triggers: [one] } },
    ],
  };
  expect(why(plan, 'two')).toEqual(['one is asked for', 'two comes with one']);
});
