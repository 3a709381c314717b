import { wolfiKeys } from '../../crypto/keys/wolfi.ts';
import type { FeedSpec, Spec } from '../../spec/spec.ts';
import { variantOnWolfi } from '../has-own-runtime.ts';
import { ensureRuntimeFeed, runtimeFeedUrl } from '../runtimes/runtime-feed.ts';
import { runtimePackageName } from '../runtimes/runtime-package.ts';
import { apkBase } from './apk.ts';
import type { BaseFeed } from './base-feed.ts';
import { mirrorOf } from './mirror-of.ts';
import { checkLockedRuntime, hasRuntimeFeed, ownArchive, runtimeSources } from './own-runtime.ts';

const packages = apkBase({
  runtimePackage: (spec) => {
    const variant = variantOnWolfi(spec);
    return variant === undefined ? undefined : runtimePackageName(variant);
  },
  mirror: (ctx, spec) => mirrorOf(ctx, spec, 'KILOPY_WOLFI_MIRROR', 'https://packages.wolfi.dev/os', true),
  repositories: (mirror) => [mirror],
  owner: 'wolfi',
  keys: wolfiKeys,
  architecture: ({ wolfi }) => wolfi,
});

/**
 * Wolfi has one repository without releases, and no MicroPython in it: that is one of kilopy's own runtimes, which need
 * nothing of a distribution. A feed called `runtime` stands in for the compiler, as on the base `static`; a package
 * `micropython` that is asked for is somebody's own.
 */
export const wolfiBase: BaseFeed = {
  ...packages,
  archives: async (ctx, spec) => {
    const variant = variantOnWolfi(spec);
    if (variant === undefined || hasRuntimeFeed(spec)) return await packages.archives(ctx, spec);
    return await packages.archives(ctx, withFeed(spec, runtimeFeedUrl(ctx, variant)));
  },
  async solve(ctx, store, question) {
    const { spec, target } = question;
    const variant = variantOnWolfi(spec);
    if (variant === undefined || hasRuntimeFeed(spec)) return await packages.solve(ctx, store, question);
    const { url, key, product } = await ensureRuntimeFeed(ctx, store, target, variant);
    const answer = await packages.solve(ctx, store, { ...question, spec: withFeed(spec, url, key) });
    const others = answer.sources.filter(({ archive }) => archive !== ownArchive);
    return { ...answer, sources: [...others, ...runtimeSources(product)] };
  },
  checkLocked: async (ctx, store, question) => {
    const variant = variantOnWolfi(question.spec);
    if (variant !== undefined) await checkLockedRuntime(ctx, store, question, variant, {}, packages.urlPath);
  },
};

function withFeed(spec: Spec, url: string, key?: string): Spec {
  const feed: FeedSpec = {
    name: ownArchive,
    kind: 'apk',
    url,
    suite: '',
    components: [],
    keys: key === undefined ? [] : [key],
    allowUntrusted: false,
    allowExpired: false,
    where: spec.base.where ?? { file: 'the command line' },
  };
  return { ...spec, feeds: [...spec.feeds, feed] };
}
