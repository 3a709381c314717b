import type { RuntimeState } from '../../runtime/micropython/micropython-inputs.ts';
import type { RuntimeVariant } from '../../spec/bases.ts';
import type { Spec } from '../../spec/spec.ts';
import { ensureRuntimeFeed, runtimeFeedUrl } from '../runtimes/runtime-feed.ts';
import { runtimeArchitecture } from '../runtimes/runtime-architecture.ts';
import { runtimePackageName } from '../runtimes/runtime-package.ts';
import { apkBase } from './apk.ts';
import type { BaseFeed } from './base-feed.ts';
import { checkLockedRuntime, hasRuntimeFeed, ownArchive, runtimeSources } from './own-runtime.ts';

const packages = apkBase({
  runtimePackage: (spec) => runtimePackageName(variantOf(spec)),
  mirror: (ctx, spec) => runtimeFeedUrl(ctx, variantOf(spec), stateOf(spec)),
  repositories: (mirror, spec) => (hasRuntimeFeed(spec) ? [] : [mirror]),
  keys: [],
  architecture: runtimeArchitecture,
});

/**
 * Runtimes without any library, which kilopy compiles at their first use and keeps as packages of a feed of its own. A
 * feed called `runtime`, made by `kilopy runtime export`, stands in for the compiler.
 */
export const staticBase: BaseFeed = {
  ...packages,
  async solve(ctx, store, question) {
    const { spec, target } = question;
    if (spec.base.name !== 'static' || hasRuntimeFeed(spec)) return await packages.solve(ctx, store, question);
    const { key, product } = await ensureRuntimeFeed(ctx, store, target, variantOf(spec), stateOf(spec));
    const base = { ...spec.base, settings: { ...spec.base.settings, keys: [key] } };
    const answer = await packages.solve(ctx, store, { ...question, spec: { ...spec, base } });
    const others = answer.sources.filter(({ archive }) => archive !== ownArchive);
    return { ...answer, sources: [...runtimeSources(product), ...others] };
  },
  checkLocked: async (ctx, store, question) => {
    const { spec } = question;
    await checkLockedRuntime(ctx, store, question, variantOf(spec), stateOf(spec), packages.urlPath);
  },
};

function variantOf({ base }: Spec): RuntimeVariant {
  if (base.name !== 'static') throw new TypeError(`the base ${base.name} is not static`);
  return base.settings.variant;
}

function stateOf({ base }: Spec): RuntimeState {
  return base.name === 'static' ? { snapshot: base.settings.snapshot, toolchain: base.settings.toolchain } : {};
}
