import type { Plan, Reason, SolvePackage } from '../solve/problem.ts';
import type { LockPackage } from './lock.ts';

/** Where a package of a feed is, and what its signed index says of its bytes. */
export type PackageAddress = Pick<LockPackage, 'path' | 'sizeBytes' | 'sha256'>;

/** A plan as it stands in the lock. `addressOf` is the feed's. */
export function lockPackages<P extends SolvePackage>(
  plan: Plan<P>,
  addressOf: (chosen: P) => PackageAddress,
): readonly LockPackage[] {
  return plan.steps.map(({ package: chosen, reason }) => {
    const { path, sizeBytes, sha256 } = addressOf(chosen);
    const { name, version, architecture, feed } = chosen;
    return { name, version, architecture, feed, path, sizeBytes, sha256, reason: formatReason(reason) };
  });
}

/** Without the place of a wish: moving a line in kilopy.yaml must not change the lock. */
export function formatReason(reason: Reason): string {
  if (reason.kind === 'wish') return `asked for: ${reason.wish.text}`;
  if (reason.kind === 'depends') return `${reason.by.name} ${reason.field}: ${reason.dependency}`;
  return `comes with ${reason.triggers.map(({ name }) => name).join(' and ')}`;
}
