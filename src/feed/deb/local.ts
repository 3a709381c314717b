import { resolve } from 'node:path';
import { detectCompression } from '../../codec/compression.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { decompress } from '../../store/decompress.ts';
import { fetchDocument } from '../../store/fetch-index.ts';
import type { Store } from '../../store/store.ts';
import { folderArchive, pieces } from './archive-access.ts';
import { openedIndex } from './fetch-packages.ts';
import { debFeedOf, openDebArchives, openDebFeed, type DebFeed } from './index.ts';
import { makeCompactIndex } from './make-compact-index.ts';
import { debIndexSources, type DebFeedSettings } from './sources.ts';
import { debUniverse } from './universe.ts';

/** A feed as the command line names one. */
export interface LocalDebFeed {
  /** A Packages file (plain, .gz, .xz, .zst) as a path or URL, or an archive: the folder or URL that holds `dists`. */
  readonly feed: string;
  /** For an archive; it is taken as one suite, without updates or security. */
  readonly suite?: string | undefined;
  readonly components?: readonly string[] | undefined;
  /** Needed for a Packages file, which carries no signature. */
  readonly allowUntrusted?: boolean | undefined;
  readonly allowExpired?: boolean | undefined;
  /** Files with OpenPGP public keys; default Debian's keys. */
  readonly keys?: readonly string[] | undefined;
}

/**
 * Opens several feeds as one, best first. Folders among `keys` stand for the files in them.
 *
 * @throws KilopyError as openLocalDebFeed does
 */
export async function openLocalDebFeeds(
  ctx: Context,
  store: Store,
  feeds: readonly LocalDebFeed[],
  architecture: string,
): Promise<DebFeed> {
  const opened: DebFeed[] = [];
  for (const feed of feeds) {
    const keys = feed.keys === undefined ? undefined : await keyFiles(ctx, feed.keys);
    opened.push(await openLocalDebFeed(ctx, store, { ...feed, keys }, architecture));
  }
  const [only] = opened;
  if (only !== undefined && opened.length === 1) return only;
  const indexes = opened.flatMap(({ universe }) => universe.indexes);
  return debFeedOf(
    debUniverse(indexes, architecture),
    opened.flatMap(({ releases }) => releases),
  );
}

async function keyFiles(ctx: Context, keys: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const key of keys) {
    const path = resolve(ctx.cwd, key);
    if ((await kindOf(ctx, path)) !== 'archive') files.push(path);
    else
      for (const entry of await ctx.fs.readDirectory(path)) if (entry.isFile()) files.push(resolve(path, entry.name));
  }
  return files;
}

/**
 * Opens the feed that a person points at, for asking it questions.
 *
 * @throws KilopyError KP5063 without --allow-untrusted where it is needed, KP5064 for a path that is no feed, KP5058
 *   for an archive without a suite, and those of openDebFeed
 */
export async function openLocalDebFeed(
  ctx: Context,
  store: Store,
  options: LocalDebFeed,
  architecture: string,
): Promise<DebFeed> {
  const isUrl = /^https?:\/\//u.test(options.feed);
  if (/\/Packages(?:\.(?:gz|xz|zst))?$/u.test(`/${options.feed}`))
    return await openFile(ctx, store, options, architecture);
  const path = resolve(ctx.cwd, options.feed);
  const kind = isUrl ? 'archive' : await kindOf(ctx, path);
  if (kind === 'file') return await openFile(ctx, store, options, architecture);
  if (kind === 'absent') {
    throw new KilopyError('KP5064', `${options.feed} is not a Debian feed`, {
      where: path,
      why: 'It is neither a file nor a folder.',
    });
  }
  const { feed, suite, ...rest } = options;
  if (suite === undefined) {
    throw new KilopyError('KP5058', `${feed} is an archive: which suite of it?`, {
      where: feed,
      fix: 'add --suite with the name of a folder in dists, or ./ for a flat archive',
    });
  }
  const settings: DebFeedSettings = { ...rest, name: 'local', suite, isDebian: false };
  if (isUrl) {
    return await openDebFeed(ctx, store, { ...settings, mirror: feed }, architecture, {
      offline: false,
      locked: false,
    });
  }
  // The mirror stands in for the folder: only what else the settings say is taken from the sources.
  const sources = await debIndexSources(ctx, { ...settings, mirror: 'http://localhost' });
  const archive = folderArchive(ctx, path);
  return await openDebArchives(
    ctx,
    store,
    sources.map((source) => ({ source: { ...source, archive: archive.url }, archive })),
    architecture,
  );
}

/** A bare list of packages. */
async function openFile(ctx: Context, store: Store, options: LocalDebFeed, architecture: string): Promise<DebFeed> {
  const { feed, allowUntrusted = false } = options;
  if (!allowUntrusted) {
    throw new KilopyError('KP5063', `${feed} carries no signature`, {
      where: feed,
      why: 'A Packages file is verified by the InRelease of its suite, which is not part of it.',
    });
  }
  const bytes = await readFeedFile(ctx, store, feed);
  const text = decompress(ctx, detectCompression(bytes.subarray(0, 6)), pieces(bytes), ctx.limits.indexBytes);
  const index = openedIndex(await makeCompactIndex(text, ctx.limits, feed));
  ctx.emit({ type: 'warning', text: `${feed} is used without a signature (--allow-untrusted)` });
  return debFeedOf(debUniverse([{ feed: 'local', suite: '', archive: feed, index }], architecture), []);
}

async function readFeedFile(ctx: Context, store: Store, feed: string): Promise<Uint8Array> {
  if (/^https?:\/\//u.test(feed)) return (await fetchDocument(ctx, store, feed)).bytes;
  try {
    return await ctx.fs.readFile(resolve(ctx.cwd, feed));
  } catch (error) {
    throw new KilopyError('KP5064', `${feed} cannot be read`, {
      where: resolve(ctx.cwd, feed),
      why: error instanceof Error ? error.message : undefined,
      cause: error,
    });
  }
}

async function kindOf(ctx: Context, path: string): Promise<'file' | 'archive' | 'absent'> {
  if (!(await ctx.fs.exists(path))) return 'absent';
  return (await ctx.fs.stat(path)).isDirectory() ? 'archive' : 'file';
}
