import { openDebFeed } from '../feed/deb/index.ts';
import { debVersionRules } from '../feed/deb/version.ts';
import { debFeedSettings } from '../feed/deb/sources.ts';
import type { VerifiedRelease } from '../feed/deb/fetch-release.ts';
import type { DebIndexPackage } from '../feed/deb/index-package.ts';
import type { Context } from '../io/context.ts';
import { lockKeyOf, lockSettingsOf } from '../lock/lock-inputs.ts';
import { chooseSection, type LockMode } from '../lock/lock-matches.ts';
import { lockPackages } from '../lock/lock-packages.ts';
import { emptyLock, withSection, type Lock, type LockSection, type LockSource } from '../lock/lock.ts';
import { explanationError } from '../solve/explain.ts';
import type { Plan } from '../solve/problem.ts';
import { solveDeb } from '../solve/deb/solve-deb.ts';
import type { Spec } from '../spec/spec.ts';
import type { Target } from '../spec/targets.ts';
import type { Store } from '../store/store.ts';
import type { Archives } from './archives.ts';
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
  const settings = lockSettingsOf(spec);
  const sections: LockSection[] = [];
  let lock = locked.lock ?? emptyLock;
  for (const target of spec.targets) {
    const key = lockKeyOf(spec, target);
    const question = { ...locked, key, settings, wishes: wishes.map(({ text }) => text) };
    let section = chooseSection(question);
    if (section === undefined) {
      section = {
        ...key,
        settings,
        wishes: question.wishes,
        ...(await solveTarget(ctx, store, spec, target, archives)),
      };
      lock = withSection(lock, section);
    }
    sections.push(section);
  }
  return { sections, lock };
}

async function solveTarget(
  ctx: Context,
  store: Store,
  spec: Spec,
  target: Target,
  archives: Archives,
): Promise<Pick<LockSection, 'sources' | 'packages'>> {
  const architecture = target.debian ?? '';
  ctx.emit({ type: 'step.started', step: 'feed', title: 'reading package indexes', target: target.name });
  const feeds = debFeedSettings(spec.base.settings, spec.feeds);
  const index = await openDebFeed(ctx, store, feeds, architecture, { offline: store.offline, locked: false });
  ctx.emit({ type: 'step.finished', step: 'feed', target: target.name });
  ctx.emit({ type: 'step.started', step: 'solve', title: 'choosing packages', target: target.name });
  const solution = solveDeb({
    universe: index.universe,
    wishes: allWishes(spec),
    rules: debVersionRules,
    architecture,
  });
  if (!solution.ok) throw explanationError(solution.explanation, spec.targets.length > 1 ? target.name : undefined);
  ctx.emit({
    type: 'step.finished',
    step: 'solve',
    target: target.name,
    detail: `${String(solution.plan.steps.length)} packages`,
  });
  // The solver gives back the universe's own objects.
  const plan = solution.plan as Plan<DebIndexPackage>;
  return {
    sources: index.releases.map((release) => lockSource(release, archives)),
    packages: lockPackages(plan, (chosen) => ({
      path: chosen.filename,
      sizeBytes: chosen.sizeBytes,
      sha256: chosen.sha256,
    })).map((locked, i) => ({ ...locked, feed: archives.nameOf(plan.steps[i]?.package.archive ?? '') })),
  };
}

function lockSource({ url, release, verdict, digest, unusable }: VerifiedRelease, archives: Archives): LockSource {
  const { name, path } = archives.split(url);
  return {
    archive: name,
    path,
    date: new Date(release.dateMs ?? 0).toISOString(),
    digest,
    trust: verdict.kind === 'signature' ? verdict.keyId : 'untrusted',
    unusable,
  };
}
