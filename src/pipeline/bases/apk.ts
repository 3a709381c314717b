import { openApkFeed, type ApkFeedSettings } from '../../feed/apk/index.ts';
import { unpackApk } from '../../feed/apk/fetch-package.ts';
import type { ApkIndexPackage } from '../../feed/apk/parse-index.ts';
import { apkVersionRules } from '../../feed/apk/version.ts';
import type { PackagePayload } from '../../feed/feed.ts';
import type { KnownKey } from '../../crypto/known-keys.ts';
import { hexOf } from '../../crypto/digest.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { lockPackages } from '../../lock/lock-packages.ts';
import { parseApkDependency } from '../../solve/apk/dependency.ts';
import { solveApk } from '../../solve/apk/solve-apk.ts';
import { explanationError } from '../../solve/explain.ts';
import type { Plan } from '../../solve/problem.ts';
import type { Spec } from '../../spec/spec.ts';
import type { Target } from '../../spec/targets.ts';
import { mapParallel } from '../../io/parallel.ts';
import type { Store } from '../../store/store.ts';
import type { Origin } from '../../values/origin.ts';
import { nameArchives } from '../archives.ts';
import { withPresentApks } from './image/present-apks.ts';
import { withoutPresent } from './image/without-present.ts';
import { recordApk } from './record-apk.ts';
import type { BaseAnswer, BaseFeed, BaseQuestion } from './base-feed.ts';

/** What differs between distributions with apk. */
export interface ApkDistribution {
  readonly runtimePackage: (spec: Spec) => string | undefined;
  /** URL of the mirror that the spec or the environment names, without a trailing slash. */
  readonly mirror: (ctx: Context, spec: Spec) => string;
  /** The repositories of the distribution, best first; URLs without the architecture. */
  readonly repositories: (mirror: string, spec: Spec, target?: Target) => readonly string[];
  /** Absent: kilopy carries no key of it. */
  readonly owner?: 'alpine' | 'wolfi' | undefined;
  readonly keys: readonly KnownKey[];
  readonly architecture: (target: Target) => string | undefined;
}

/** The row of a distribution with apk. */
export function apkBase(distribution: ApkDistribution): BaseFeed {
  return {
    runtimePackage: distribution.runtimePackage,
    wishName: (text) => parseApkDependency(text.trim(), apkVersionRules, true)?.name ?? text,
    archives: async (ctx, spec) => {
      const archive = distribution.mirror(ctx, spec);
      const feeds = spec.feeds.map(({ name, url }) => ({ feed: name, archive: url.replace(/\/+$/u, '') }));
      return await Promise.resolve(nameArchives([{ feed: spec.base.name, archive }, ...feeds]));
    },
    solve: async (ctx, store, question) => await solve(ctx, store, question, distribution),
    // A `+` in a file name is one.
    urlPath: (path) => path.split('/').map(encodeURIComponent).join('/').replaceAll('%2B', '+'),
    unpack: async (ctx, store, blob, locked) => await unpackApk(ctx, store, blob, locked),
    replacesRule: apkReplaces,
    usrMerge: () => ({ kind: 'when-merged' }),
    record: async (ctx, store, tree, recorded) => {
      const repositories = distribution.repositories(
        distribution.mirror(ctx, recorded.spec),
        recorded.spec,
        recorded.target,
      );
      const architecture = distribution.architecture(recorded.target) ?? '';
      const runtimePackage = distribution.runtimePackage(recorded.spec);
      const { keys } = distribution;
      return await recordApk(ctx, store, tree, recorded, { architecture, repositories, keys, runtimePackage });
    },
  };
}

async function solve(
  ctx: Context,
  store: Store,
  { spec, target, wishes, archives, present }: BaseQuestion,
  distribution: ApkDistribution,
): Promise<BaseAnswer> {
  const architecture = distribution.architecture(target) ?? '';
  ctx.emit({ type: 'step.started', step: 'feed', title: 'reading package indexes', target: target.name });
  const freshness = { offline: store.offline, locked: false };
  const feed = await openApkFeed(ctx, store, feedSettings(ctx, spec, target, distribution), architecture, freshness);
  ctx.emit({ type: 'step.finished', step: 'feed', target: target.name });
  ctx.emit({ type: 'step.started', step: 'solve', title: 'choosing packages', target: target.name });
  const universe = withPresentApks(feed.universe, present, architecture);
  const solution = solveApk({ universe, wishes, rules: apkVersionRules, architecture });
  if (!solution.ok) throw explanationError(solution.explanation, spec.targets.length > 1 ? target.name : undefined);
  // The solver gives back the universe's own objects.
  const plan = withoutPresent(solution.plan) as Plan<ApkIndexPackage>;
  const detail = `${String(plan.steps.length)} packages`;
  ctx.emit({ type: 'step.finished', step: 'solve', target: target.name, detail });
  // The index binds a package by a part of it; the digest of the whole, which the lock needs, is known when it is here.
  const refs = await mapParallel(plan.steps, 6, async (step) => await feed.fetch(ctx, store, step.package));
  const digests = new Map(plan.steps.map((step, i) => [step.package, refs[i]]));
  const places = plan.steps.map((step) => archives.split(`${step.package.folder}/${step.package.path}`));
  return {
    sources: feed.verdicts.map(({ url, verdict, digest }) => {
      const { name, path } = archives.split(url);
      const trust = verdict.kind === 'signature' ? verdict.keyId : 'untrusted';
      // An index of apk has no date of its own.
      return { archive: name, path, date: new Date(0).toISOString(), digest, trust };
    }),
    packages: lockPackages(plan, (chosen) => {
      const ref = digests.get(chosen);
      if (ref === undefined) throw new Error('a package that was not fetched');
      return { path: '', sizeBytes: ref.sizeBytes, sha256: hexOf(ref.digest) };
    }).map((locked, i) => ({ ...locked, feed: places[i]?.name ?? '', path: places[i]?.path ?? '' })),
  };
}

function feedSettings(
  ctx: Context,
  spec: Spec,
  target: Target,
  distribution: ApkDistribution,
): readonly ApkFeedSettings[] {
  const { base } = spec;
  if (base.name === 'debian' || base.name === 'image')
    throw new KilopyError('KP2007', `${base.name} is no base with apk`);
  const { keys, allowUntrusted } = base.settings;
  const owners = distribution.owner === undefined ? [] : [distribution.owner];
  const common = { name: base.name, owners, keys, allowUntrusted };
  return [
    ...distribution.repositories(distribution.mirror(ctx, spec), spec, target).map((url) => ({ ...common, url })),
    ...spec.feeds.map(({ name, url, ...feed }) => ({
      name,
      url,
      keys: feed.keys,
      // Without keys of its own, a feed must be signed by the distribution.
      owners: feed.keys.length === 0 ? owners : [],
      allowUntrusted: feed.allowUntrusted,
    })),
  ];
}

/** apk's rule: packages of one origin share files; otherwise the newer one has to name the other in `replaces`. */
export function apkReplaces(
  packages: readonly { readonly locked: { readonly name: string }; readonly payload: PackagePayload }[],
): (newer: Origin, older: Origin) => boolean {
  const byName = new Map(packages.map(({ locked, payload }) => [locked.name, payload.control]));
  return (newer, older) => {
    if (newer.kind !== 'package' || older.kind !== 'package') return false;
    const control = byName.get(newer.name);
    const origin = control?.get('origin');
    if (origin !== undefined && origin === byName.get(older.name)?.get('origin')) return true;
    return (control?.get('replaces') ?? '').split(' ').some((word) => {
      const relation = parseApkDependency(word, apkVersionRules, false);
      if (relation === undefined || relation.name !== older.name) return false;
      return relation.operator === '' || apkVersionRules.satisfies(older.version, relation.operator, relation.version);
    });
  };
}
