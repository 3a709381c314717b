import type { Plan } from '../../../solve/problem.ts';
import { imageFeed } from './present-packages.ts';

/** What of a plan is to be fetched: what the image has is there. */
export function withoutPresent(plan: Plan): Plan {
  return { steps: plan.steps.filter(({ package: { feed } }) => feed !== imageFeed) };
}
