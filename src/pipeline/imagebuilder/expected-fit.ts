import type { SolvePackage } from '../../solve/problem.ts';
import { besideRoot, checkExpectedFit } from '../device-fit.ts';
import type { ChosenPackages } from './choose.ts';
import type { Builder } from './open.ts';

/** Both kinds of index say how large the file of a package is. */
type SizedPackage = SolvePackage & { readonly sizeBytes?: number | undefined };

/** Whether the builder's device can take a plan; the finished root file system is measured again. Throws KP2321, KP2322. */
export function checkPlanFits(
  { device, architecture, board }: Pick<Builder, 'device' | 'architecture' | 'board'>,
  { plan }: Pick<ChosenPackages, 'plan'>,
): void {
  if (device === undefined) return;
  const files = plan.steps.map(({ package: { name, sizeBytes = 0 } }: { package: SizedPackage }) => ({
    name,
    sizeBytes,
  }));
  checkExpectedFit(device, besideRoot(board), { architecture, files });
}
