import { fileURLToPath } from 'node:url';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { RuntimeState } from '../../runtime/micropython/micropython-inputs.ts';
import type { RuntimeVariant } from '../../spec/bases.ts';
import type { Spec } from '../../spec/spec.ts';
import { ensureRuntimeFeed, runtimeFeedUrl } from '../runtimes/runtime-feed.ts';
import { runtimeArchitecture } from '../runtimes/runtime-architecture.ts';
import { runtimePackageName } from '../runtimes/runtime-package.ts';
import { apkBase } from './apk.ts';
import type { BaseFeed } from './base-feed.ts';

/** Name of a feed in kilopy.yaml that takes the place of the runtimes that this machine builds. */
const feedName = 'runtime';

const packages = apkBase({
  runtimePackage: (spec) => runtimePackageName(variantOf(spec)),
  mirror: (ctx, spec) => runtimeFeedUrl(ctx, variantOf(spec), stateOf(spec)),
  repositories: (mirror, spec) => (hasFeed(spec) ? [] : [mirror]),
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
    if (spec.base.name !== 'static' || hasFeed(spec)) return await packages.solve(ctx, store, question);
    const { key, product } = await ensureRuntimeFeed(ctx, store, target, variantOf(spec), stateOf(spec));
    const base = { ...spec.base, settings: { ...spec.base.settings, keys: [key] } };
    const answer = await packages.solve(ctx, store, { ...question, spec: { ...spec, base } });
    // The index of this machine says nothing to another one; the sources and the recipe do.
    const made = product.sources.map(({ name, version, sha256 }) => ({
      archive: 'debian',
      path: `${name}_${version}`,
      date: new Date(0).toISOString(),
      digest: `sha256:${sha256}` as const,
      trust: product.recipe,
    }));
    const { toolchain } = product;
    const compiler =
      toolchain === undefined
        ? []
        : [
            {
              archive: toolchain.from,
              path: `${toolchain.name}_${toolchain.version}`,
              date: new Date(0).toISOString(),
              digest: `sha256:${toolchain.sha256}` as const,
              trust: product.recipe,
            },
          ];
    return {
      ...answer,
      sources: [...made, ...compiler, ...answer.sources.filter(({ archive }) => archive !== 'static')],
    };
  },
  async checkLocked(ctx, store, { spec, target, section, file }) {
    const name = runtimePackageName(variantOf(spec));
    const locked = section.packages.find((one) => one.feed === 'static' && one.name === name);
    if (locked === undefined) return;
    const digest = `sha256:${locked.sha256}` as const;
    if (await store.has(digest)) return;
    const { url } = await ensureRuntimeFeed(ctx, store, target, variantOf(spec), stateOf(spec));
    const path = fileURLToPath(`${url}/${packages.urlPath(locked.path)}`);
    const bytes = (await ctx.fs.exists(path)) ? await ctx.fs.readFile(path) : new Uint8Array();
    const [found] = await store.putMany([bytes]);
    if (found?.digest === digest) return;
    const versions = section.sources.map((source) => source.path.replace('_', ' ')).join(' and ');
    throw new KilopyError('KP9150', `${name} of ${target.name} is not the one that ${file} names`, {
      where: file,
      why: `its recipe or Debian's sources have changed since: what is built now is not ${digest}`,
      fix: `build with --update-lock; or name the feed that had the old one as \`runtime\` under feeds:, or with base: {static: {snapshot: DATE}} a day on which Debian had ${versions}`,
    });
  },
};

function variantOf({ base }: Spec): RuntimeVariant {
  if (base.name !== 'static') throw new TypeError(`the base ${base.name} is not static`);
  return base.settings.variant;
}

function stateOf({ base }: Spec): RuntimeState {
  return base.name === 'static' ? { snapshot: base.settings.snapshot, toolchain: base.settings.toolchain } : {};
}

function hasFeed({ feeds }: Spec): boolean {
  return feeds.some(({ name }) => name === feedName);
}
