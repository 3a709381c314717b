import { openApkFeed, type ApkFeedSettings } from '../../feed/apk/index.ts';
import { openLocalApkFeeds } from '../../feed/apk/local.ts';
import { readApk } from '../../feed/apk/read-apk.ts';
import { openOpkgFeed, type OpkgFeedSettings } from '../../feed/opkg/index.ts';
import { openLocalOpkgFeeds, readIpk } from '../../feed/opkg/local.ts';
import { fetchTargetFiles, fetchTargetSums } from '../../feed/opkg/target-files.ts';
import type { Context } from '../../io/context.ts';
import type { Store } from '../../store/store.ts';
import { openwrtFeeds, releaseFolder } from '../openwrt/feeds.ts';
import { orMissingRelease } from '../openwrt/missing-release.ts';
import { apkBuilder } from './apk-builder.ts';
import type { BuilderFeed } from './builder-feed.ts';
import { keysByKind } from './keys.ts';
import type { Builder } from './open.ts';
import { opkgBuilder } from './opkg-builder.ts';
import type { ImageBuilderRequest } from './request.ts';

/** Opens the feeds of a target. Throws as the feeds do. */
export async function openBuilderFeed(
  ctx: Context,
  store: Store,
  builder: Builder,
  request: ImageBuilderRequest,
): Promise<BuilderFeed> {
  ctx.emit({ type: 'step.started', step: 'feed', title: 'reading package indexes', target: builder.board });
  const open = builder.manager === 'apk' ? openApk : openOpkg;
  const feed = await open(ctx, store, builder, request);
  ctx.emit({ type: 'step.finished', step: 'feed', target: builder.board });
  return feed;
}

async function openOpkg(
  ctx: Context,
  store: Store,
  { mirror, release, board, architecture, folder }: Builder,
  { keys, allowUntrusted, feeds, compat }: ImageBuilderRequest,
): Promise<BuilderFeed> {
  if (feeds.length > 0) {
    const local = await openLocalOpkgFeeds(ctx, store, { feeds, keys, allowUntrusted }, architecture);
    return opkgBuilder(local.universe, compat);
  }
  const freshness = { offline: store.offline, locked: false };
  const own = { keys: [...(keys ?? []), ...(folder?.keys ?? [])], allowUntrusted, isOpenwrt: true };
  if (folder !== undefined) {
    const packages = await Promise.all(
      folder.packages.map(async (path) => ({ ...(await readIpk(ctx, path)), feed: 'imagebuilder' })),
    );
    const settings: OpkgFeedSettings[] = folder.feeds.map((feed) => ({ ...own, ...feed }));
    const byHand = packages.filter(({ name }) => name === 'libc' || name === 'kernel');
    const order = byHand.toSorted((a, b) => (a.name === 'libc' ? -1 : b.name === 'libc' ? 1 : 0));
    const { universe } = await openOpkgFeed(ctx, store, settings, architecture, freshness, order);
    return opkgBuilder(universe.with(packages.filter((pkg) => !byHand.includes(pkg))), compat);
  }
  const target = { ...own, name: 'openwrt_core', url: `${releaseFolder(mirror, release)}/targets/${board}` };
  const settings = openwrtFeeds(mirror, release, board, architecture).map((feed) => ({ ...own, ...feed }));
  const sums = await orMissingRelease(release, board, fetchTargetSums(ctx, store, target, freshness));
  const byHand = await fetchTargetFiles(ctx, store, target, sums);
  return opkgBuilder((await openOpkgFeed(ctx, store, settings, architecture, freshness, byHand)).universe, compat);
}

async function openApk(
  ctx: Context,
  store: Store,
  { mirror, release, board, architecture, folder }: Builder,
  { keys, allowUntrusted, feeds }: ImageBuilderRequest,
): Promise<BuilderFeed> {
  const { pem } = await keysByKind(ctx, [...(keys ?? []), ...(folder?.keys ?? [])]);
  if (feeds.length > 0) {
    const universe = await openLocalApkFeeds(ctx, store, { feeds, keys: pem, allowUntrusted }, architecture);
    return apkBuilder(universe, architecture);
  }
  const own = { keys: pem, allowUntrusted };
  const freshness = { offline: store.offline, locked: false };
  const urls =
    folder?.feeds ??
    openwrtFeeds(mirror, release, board, architecture).map(({ name, url }) => ({ name, url: `${url}/packages.adb` }));
  const settings: ApkFeedSettings[] = urls.map((feed) => ({ ...own, ...feed }));
  const files = await Promise.all(
    (folder?.packages ?? []).map((path) => readApk(ctx, path, 'imagebuilder', architecture)),
  );
  const opened = openApkFeed(ctx, store, settings, architecture, freshness, files);
  const { universe } = await orMissingRelease(release, board, opened);
  // ImageBuilder's own request: base-files=VERSION libc=VERSION kernel=VERSION.
  const pinned = new Set(['base-files', 'libc', 'kernel']);
  const pins = new Map(files.flatMap(({ name, version }) => (pinned.has(name) ? [[name, version] as const] : [])));
  return apkBuilder(universe, architecture, pins);
}
