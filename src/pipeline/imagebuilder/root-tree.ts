import { basename } from 'node:path';
import { readUsignKey } from '../../crypto/usign.ts';
import type { Context } from '../../io/context.ts';
import { prepareOpenwrt, type PrepareReport } from '../../passes/openwrt/prepare.ts';
import { listOf } from '../../spec/openwrt/words.ts';
import type { Store } from '../../store/store.ts';
import type { Node, Tree } from '../../tree/node.ts';
import { openwrtFeeds } from '../openwrt/feeds.ts';
import { parseSourceDate, sourceDate } from '../source-date.ts';
import type { BuilderFeed } from './builder-feed.ts';
import type { ChosenPackages } from './choose.ts';
import { keysByKind } from './keys.ts';
import type { Builder } from './open.ts';
import { checkName, overlayFiles } from './overlay-files.ts';
import type { ImageBuilderRequest } from './request.ts';

export interface RootTree {
  readonly tree: Tree;
  readonly report: PrepareReport;
  readonly epochSeconds: number;
}

/** The prepared root file system. */
export async function rootTree(
  ctx: Context,
  store: Store,
  builder: Builder,
  feed: BuilderFeed,
  { words, values, keys = [] }: ImageBuilderRequest,
  { plan, request }: ChosenPackages,
): Promise<RootTree> {
  ctx.emit({ type: 'step.started', step: 'fetch', title: 'fetching and unpacking packages' });
  const { packages, tree: laid, apk } = await feed.install(ctx, store, plan, request);
  ctx.emit({ type: 'step.finished', step: 'fetch' });
  const epochSeconds = parseSourceDate(ctx) ?? sourceDate(ctx, laid);
  const files = words.FILES === undefined ? [] : await overlayFiles(ctx, store, words.FILES, values, epochSeconds);
  const local = words.ADD_LOCAL_KEY === '1' ? await localKeys(ctx, store, feed.manager, keys, epochSeconds) : [];
  const { tree, report } = await prepareOpenwrt(laid, store, {
    packages,
    disabledServices: listOf(words.DISABLED_SERVICES),
    epochSeconds,
    files: [...(await feedList(store, builder, feed.manager, laid, epochSeconds)), ...files, ...local],
    cleansIpkg: feed.manager === 'opkg' && builder.folder?.cleansIpkg === true,
    ...(apk === undefined ? {} : { apk: { ...apk, keys: new Map() } }),
  });
  for (const path of tree.keys()) checkName(path, path);
  return { tree, report, epochSeconds };
}

/** ADD_LOCAL_KEY: the keys that were named, for opkg or apk on the device. */
async function localKeys(
  ctx: Context,
  store: Store,
  manager: BuilderFeed['manager'],
  places: readonly string[],
  mtimeSeconds: number,
): Promise<readonly Node[]> {
  const { usign, pem } = await keysByKind(ctx, places);
  const nodes: Node[] = [];
  const add = async (path: string, bytes: Uint8Array): Promise<void> => {
    const origin = { kind: 'pass', pass: 'local-key' } as const;
    const common = { uid: 0, gid: 0, mtimeSeconds, origin } as const;
    nodes.push({ ...common, type: 'file', path, mode: 0o644, content: await store.put(bytes) });
  };
  for (const path of manager === 'apk' ? pem : usign) {
    const bytes = await ctx.fs.readFile(path);
    if (manager === 'apk') await add(`etc/apk/keys/${basename(path)}`, bytes);
    else await add(`etc/opkg/keys/${readUsignKey(Buffer.from(bytes).toString('utf8'), path).id}`, bytes);
  }
  return nodes;
}

/** The feeds of the release for the device, where no package brings the list of them (base-files does in releases). */
async function feedList(
  store: Store,
  { mirror, release, board, architecture }: Builder,
  manager: BuilderFeed['manager'],
  tree: Tree,
  mtimeSeconds: number,
): Promise<readonly Node[]> {
  const path = manager === 'apk' ? 'etc/apk/repositories.d/distfeeds.list' : 'etc/opkg/distfeeds.conf';
  const isManaged = tree.has(manager === 'apk' ? 'usr/bin/apk' : 'bin/opkg');
  if (tree.has(path) || !isManaged) return [];
  const feeds = openwrtFeeds(mirror, release, board, architecture);
  const lines = feeds.map(({ name, url }) => (manager === 'apk' ? `${url}/packages.adb` : `src/gz ${name} ${url}`));
  const content = await store.put(Buffer.from(lines.map((line) => `${line}\n`).join('')));
  const origin = { kind: 'pass', pass: 'feeds' } as const;
  return [{ type: 'file', path, mode: 0o644, uid: 0, gid: 0, mtimeSeconds, origin, content }];
}
