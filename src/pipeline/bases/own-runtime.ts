import { fileURLToPath } from 'node:url';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { LockSource } from '../../lock/lock.ts';
import type { RuntimeProduct } from '../../runtime/micropython/ensure-micropython.ts';
import type { RuntimeState } from '../../runtime/micropython/micropython-inputs.ts';
import type { RuntimeVariant } from '../../spec/bases.ts';
import type { Spec } from '../../spec/spec.ts';
import type { Store } from '../../store/store.ts';
import { ensureRuntimeFeed } from '../runtimes/runtime-feed.ts';
import { runtimePackageName } from '../runtimes/runtime-package.ts';
import type { LockedQuestion } from './base-feed.ts';

/** The archive of the runtimes that this machine compiles, as the lock names it. */
export const ownArchive = 'static';

/** Whether a feed in kilopy.yaml takes the place of the runtimes that this machine compiles. */
export function hasRuntimeFeed({ feeds }: Pick<Spec, 'feeds'>): boolean {
  return feeds.some(({ name }) => name === 'runtime');
}

/** What a runtime was made from. Its index says nothing to another machine; the sources and the recipe do. */
export function runtimeSources({ sources, recipe, toolchain }: RuntimeProduct): readonly LockSource[] {
  const date = new Date(0).toISOString();
  const made = sources.map(({ name, version, sha256 }) => ({
    archive: 'debian',
    path: `${name}_${version}`,
    date,
    digest: `sha256:${sha256}` as const,
    trust: recipe,
  }));
  if (toolchain === undefined) return made;
  const { from, name, version, sha256 } = toolchain;
  return [
    ...made,
    { archive: from, path: `${name}_${version}`, date, digest: `sha256:${sha256}` as const, trust: recipe },
  ];
}

/**
 * Compiles the runtime that the lock names, where it is not in the store.
 *
 * @throws KilopyError KP9150 when what is compiled now is another one, KP91xx when nothing can be
 */
export async function checkLockedRuntime(
  ctx: Context,
  store: Store,
  { target, section, file }: LockedQuestion,
  variant: RuntimeVariant,
  state: RuntimeState,
  urlPath: (path: string) => string,
): Promise<void> {
  const name = runtimePackageName(variant);
  const locked = section.packages.find((one) => one.feed === ownArchive && one.name === name);
  if (locked === undefined) return;
  const digest = `sha256:${locked.sha256}` as const;
  if (await store.has(digest)) return;
  const { url } = await ensureRuntimeFeed(ctx, store, target, variant, state);
  const path = fileURLToPath(`${url}/${urlPath(locked.path)}`);
  const bytes = (await ctx.fs.exists(path)) ? await ctx.fs.readFile(path) : new Uint8Array();
  const [found] = await store.putMany([bytes]);
  if (found?.digest === digest) return;
  const versions = section.sources
    .filter(({ archive }) => archive === 'debian')
    .map((source) => source.path.replace('_', ' '))
    .join(' and ');
  throw new KilopyError('KP9150', `${name} of ${target.name} is not the one that ${file} names`, {
    where: file,
    why: `its recipe or Debian's sources have changed since: what is built now is not ${digest}`,
    fix: `build with --update-lock; or name the feed that had the old one as \`runtime\` under feeds:, or with base: {static: {snapshot: DATE}} a day on which Debian had ${versions}`,
  });
}
