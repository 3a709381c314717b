import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { packagesFromText } from '../../../test/support/deb-world.ts';
import { randomWishes, randomWorld } from '../../../test/support/random-world.ts';
import { debVersionRules } from '../../feed/deb/version.ts';
import type { Plan } from '../problem.ts';
import { clausesOf } from './clause.ts';
import type { DebPackage } from './deb-package.ts';
import { solveDeb } from './solve-deb.ts';
import { debTargets } from './targets.ts';
import { debUniverse } from './universe.ts';

interface World {
  readonly packages: readonly DebPackage[];
  readonly wishes: readonly string[];
}

const worlds: fc.Arbitrary<World> = fc.tuple(fc.nat(100_000), fc.constantFrom(8, 20, 60)).map(([seed, size]) => ({
  packages: packagesFromText(randomWorld(seed, size)),
  wishes: randomWishes(seed, size),
}));

function problemOf({ packages, wishes }: World) {
  return {
    universe: debUniverse(packages),
    rules: debVersionRules,
    architecture: 'amd64',
    wishes: wishes.map((text) => ({ text })),
  };
}

function planOf(world: World): Plan<DebPackage> | undefined {
  const solution = solveDeb(problemOf(world));
  return solution.ok ? solution.plan : undefined;
}

function namesOf(plan: Plan): readonly string[] {
  return plan.steps.map(({ package: { name, version } }) => `${name}=${version}`);
}

test('a plan has every wish, satisfies all that its packages ask for, and has one version of a name', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const plan = planOf(world);
      if (plan === undefined) return;
      const chosen = new Set(plan.steps.map((step) => step.package));
      const names = plan.steps.map((step) => step.package.name);
      expect(new Set(names).size).toBe(names.length);
      expect(names).toEqual(expect.arrayContaining([...world.wishes]));
      const targets = debTargets(problemOf(world));
      for (const clause of [...chosen].flatMap(clausesOf)) {
        const met = clause.relations.some((relation) =>
          targets.solutions(clause, relation).some((version) => chosen.has(version)),
        );
        expect(met, `${clause.field} of ${clause.parent.name}`).toBe(!clause.negative);
      }
    }),
    { numRuns: 150 },
  );
});

test('every reason leads to a wish over packages of the plan', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const reasons = new Map(planOf(world)?.steps.map((step) => [step.package, step.reason]));
      for (const start of reasons.keys()) {
        let reason = reasons.get(start);
        for (let length = 0; reason?.kind === 'depends'; length += 1) {
          expect(length).toBeLessThan(reasons.size);
          reason = reasons.get(reason.by as DebPackage);
        }
        expect(reason?.kind).toBe('wish');
      }
    }),
    { numRuns: 100 },
  );
});

test('the order in which the versions of a name are listed does not matter', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const { universe, ...rest } = problemOf(world);
      const turned = {
        ...universe,
        named: (name: string) => universe.named(name).toReversed(),
      };
      const direct = planOf(world);
      const solution = solveDeb({ ...rest, universe: turned });
      expect(solution.ok ? namesOf(solution.plan) : undefined).toEqual(direct && namesOf(direct));
    }),
    { numRuns: 100 },
  );
});

test('a failure says what is wrong, in the same words each time', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const [first, second] = [solveDeb(problemOf(world)), solveDeb(problemOf(world))];
      if (first.ok || second.ok) return;
      expect(first.explanation).toEqual(second.explanation);
      expect(first.explanation.summary).not.toBe('');
      expect(first.explanation.chain.length).toBeGreaterThan(0);
    }),
    { numRuns: 100 },
  );
});
