import type { Context } from '../io/context.ts';
import { lockKeyOf, lockSettingsOf } from '../lock/lock-inputs.ts';
import { chooseSection, type LockMode } from '../lock/lock-matches.ts';
import { emptyLock, withSection, type Lock, type LockSection } from '../lock/lock.ts';
import type { Spec } from '../spec/spec.ts';
import type { Store } from '../store/store.ts';
import type { Archives } from './archives.ts';
import { baseFeedOf } from './base-feeds.ts';
import { allWishes } from './base-wishes.ts';

export interface Resolved {
  /** The packages of each target, in the order of the spec's targets. */
  readonly sections: readonly LockSection[];
  /** The lock with all of them; equal to the given one when nothing had to be solved. */
  readonly lock: Lock;
}

/**
 * The packages of every target: from the lock where it answers the question, else from the feeds and the solver.
 *
 * @throws KilopyError KP55xx when there is no solution, KP56xx when the lock forbids to look for one
 */
export async function resolvePackages(
  ctx: Context,
  store: Store,
  spec: Spec,
  locked: { readonly lock: Lock | undefined; readonly mode: LockMode; readonly file: string },
  archives: Archives,
): Promise<Resolved> {
  const wishes = allWishes(spec);
  const sections: LockSection[] = [];
  let lock = locked.lock ?? emptyLock;
  for (const target of spec.targets) {
    const key = lockKeyOf(spec, target);
    const settings = lockSettingsOf(spec, target);
    const question = { ...locked, key, settings, wishes: wishes.map(({ text }) => text) };
    let section = chooseSection(question);
    if (section === undefined) {
      section = {
        ...key,
        settings,
        wishes: question.wishes,
        ...(await baseFeedOf(spec).solve(ctx, store, { spec, target, wishes, archives })),
      };
      lock = withSection(lock, section);
    } else await baseFeedOf(spec).checkLocked?.(ctx, store, { spec, target, section, file: locked.file });
    sections.push(section);
  }
  return { sections, lock };
}
