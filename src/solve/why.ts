import { chainOf, linkSentence } from './chain.ts';
import type { Plan, SolvePackage } from './problem.ts';

/**
 * Why a package is in a plan: sentences from the wish down to the package, or undefined when it is not in the plan.
 *
 * @example why(plan, 'libffi8') // ['micropython is asked for (kilopy.yaml:7:5)', 'micropython depends on libffi8 (>= 3.4)']
 */
export function why(plan: Plan, name: string): readonly string[] | undefined {
  const reasons = new Map(plan.steps.map((step) => [step.package, step.reason]));
  const step = plan.steps.find(({ package: candidate }) => candidate.name === name);
  if (step === undefined) return undefined;
  return chainOf(step.package, (one: SolvePackage) => reasons.get(one)).map(linkSentence);
}
