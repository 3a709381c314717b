import { openDebFeed } from '../../feed/deb/index.ts';
import type { DebIndexPackage } from '../../feed/deb/index-package.ts';
import type { VerifiedRelease } from '../../feed/deb/fetch-release.ts';
import { checkIdentity, unpackDeb } from '../../feed/deb/package.ts';
import { parseRelations } from '../../feed/deb/relation.ts';
import { debFeedSettings, debIndexSources, type DebFeedSettings } from '../../feed/deb/sources.ts';
import { urlPath } from '../../feed/deb/url-path.ts';
import { debVersionRules } from '../../feed/deb/version.ts';
import type { Context } from '../../io/context.ts';
import { lockPackages } from '../../lock/lock-packages.ts';
import type { LockSource } from '../../lock/lock.ts';
import { solveDeb } from '../../solve/deb/solve-deb.ts';
import { explanationError } from '../../solve/explain.ts';
import type { Plan } from '../../solve/problem.ts';
import type { Spec } from '../../spec/spec.ts';
import type { Store } from '../../store/store.ts';
import type { Origin } from '../../values/origin.ts';
import { nameArchives, type Archives } from '../archives.ts';
import { withPresentDebs } from './image/present-debs.ts';
import { withoutPresent } from './image/without-present.ts';
import type { BaseAnswer, BaseFeed, BaseQuestion, FetchedPackage } from './base-feed.ts';

/** Debian's archive, and deb feeds beside it. */
export const debianBase: BaseFeed = {
  runtimePackage: () => 'micropython',
  wishName: (text) => /^[^\s:=<>(/]+/.exec(text)?.[0] ?? text,
  async archives(ctx, spec) {
    const sources = await Promise.all(feedSettings(spec).map((settings) => debIndexSources(ctx, settings)));
    return nameArchives(sources.flat());
  },
  solve,
  urlPath,
  async unpack(ctx, store, blob, locked) {
    const label = `${locked.name} ${locked.version}`;
    const payload = await unpackDeb(ctx, store, blob, label);
    checkIdentity(payload, locked, label);
    return payload;
  },
  replacesRule,
  usrMerge: ({ debian }) => ({ kind: 'debian', architecture: debian ?? '' }),
};

function feedSettings({ base, feeds }: Spec): readonly DebFeedSettings[] {
  if (base.name !== 'debian') throw new TypeError(`the base ${base.name} is not Debian`);
  return debFeedSettings(base.settings, feeds);
}

async function solve(ctx: Context, store: Store, question: BaseQuestion): Promise<BaseAnswer> {
  const { spec, target, wishes, archives, present } = question;
  const architecture = target.debian ?? '';
  ctx.emit({ type: 'step.started', step: 'feed', title: 'reading package indexes', target: target.name });
  const freshness = { offline: store.offline, locked: false };
  const index = await openDebFeed(ctx, store, feedSettings(spec), architecture, freshness);
  ctx.emit({ type: 'step.finished', step: 'feed', target: target.name });
  ctx.emit({ type: 'step.started', step: 'solve', title: 'choosing packages', target: target.name });
  const universe = withPresentDebs(index.universe, present, architecture);
  const solution = solveDeb({ universe, wishes, rules: debVersionRules, architecture });
  if (!solution.ok) throw explanationError(solution.explanation, spec.targets.length > 1 ? target.name : undefined);
  // The solver gives back the universe's own objects.
  const plan = withoutPresent(solution.plan) as Plan<DebIndexPackage>;
  const detail = `${String(plan.steps.length)} packages`;
  ctx.emit({ type: 'step.finished', step: 'solve', target: target.name, detail });
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

/** dpkg's Replaces: a package may take over the files of another that it names (deb-control(5)). */
function replacesRule(packages: readonly FetchedPackage[]): (newer: Origin, older: Origin) => boolean {
  const byName = new Map(packages.map(({ locked, payload }) => [locked.name, { locked, payload }]));
  return (newer, older) => {
    if (newer.kind !== 'package' || older.kind !== 'package') return false;
    const found = byName.get(newer.name);
    if (found === undefined) return false;
    const { name, version, architecture } = found.locked;
    const scope = { architecture, where: `${name} ${version} (Replaces)` };
    return parseRelations(found.payload.control.get('replaces') ?? '', scope).some(
      (relation) =>
        relation.name === older.name &&
        (relation.operator === undefined ||
          relation.version === undefined ||
          debVersionRules.satisfies(older.version, relation.operator, relation.version)),
    );
  };
}
