import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { ApkUniverse } from '../../solve/apk/universe.ts';
import { fetchDocument } from '../../store/fetch-index.ts';
import type { Store } from '../../store/store.ts';
import { openUniverse, type IndexSource } from './open-universe.ts';
import type { ApkIndexPackage } from './parse-index.ts';
import type { ApkIndexTrust } from './read-index.ts';
import { trustedKeys } from './trust.ts';

/** Feeds as the command line names them. */
export interface LocalApkFeeds {
  /**
   * Each a URL or path: an index file, a folder that has one, a folder that has one in a folder of the architecture, or a
   * package file of version 3;
   * `@tag URL` as in /etc/apk/repositories, in one word or two.
   */
  readonly feeds: readonly string[];
  /** Files or folders with public keys; default those of Alpine and Wolfi. */
  readonly keys?: readonly string[] | undefined;
  readonly allowUntrusted: boolean;
}

/**
 * Opens the feeds that a person points at, for asking them questions.
 *
 * @throws KilopyError KP5074 for a place that is no feed, those of readApkIndex and trustedKeys, and of the network
 */
export async function openLocalApkFeeds(
  ctx: Context,
  store: Store,
  { feeds, keys, allowUntrusted }: LocalApkFeeds,
  architecture: string,
): Promise<ApkUniverse> {
  const trust: ApkIndexTrust = allowUntrusted
    ? { untrustedBecause: '--allow-untrusted' }
    : { keys: await trustedKeys(ctx, { keys, owners: keys === undefined ? ['alpine', 'wolfi'] : [] }, architecture) };
  const sources: IndexSource[] = [];
  const files: ApkIndexPackage[] = [];
  for (const { tag, place } of taggedPlaces(feeds)) {
    if (place.endsWith('.apk') && !/^https?:\/\//u.test(place)) {
      const { readApk } = await import('./read-apk.ts');
      const path = place.startsWith('file:') ? fileURLToPath(place) : resolve(ctx.cwd, place);
      files.push(await readApk(ctx, path, 'file', architecture));
      continue;
    }
    const { bytes, folder, where } = await readPlace(ctx, store, place, architecture);
    const origin = { feed: tag ?? 'local', folder, where, architecture, maxPackages: ctx.limits.entries };
    sources.push({ bytes, trust, origin, tag });
  }
  if (allowUntrusted) ctx.emit({ type: 'warning', text: 'signatures are not checked (--allow-untrusted)' });
  return (await openUniverse(ctx, store, sources, files)).universe;
}

interface TaggedPlace {
  readonly tag: string | undefined;
  readonly place: string;
}

/** `@testing PLACE`, or `@testing` and the place in the next word. */
function taggedPlaces(feeds: readonly string[]): TaggedPlace[] {
  const places: TaggedPlace[] = [];
  let pending: string | undefined;
  for (const feed of feeds) {
    const [, tag, rest = ''] = /^@(\S+)(?:\s+(.+))?$/su.exec(feed.trim()) ?? [];
    if (tag !== undefined && rest === '') pending = tag;
    else {
      places.push({ tag: tag ?? pending, place: tag === undefined ? feed : rest });
      pending = undefined;
    }
  }
  if (pending === undefined && places.length > 0) return places;
  throw new KilopyError('KP5075', pending === undefined ? 'no feed is named' : `@${pending} has no feed behind it`, {
    fix: "write --feed '@testing https://example.org/alpine/testing'",
  });
}

interface IndexFile {
  readonly bytes: Uint8Array;
  /** URL of the folder that packages lie in. */
  readonly folder: string;
  readonly where: string;
}

/** Of version 2, of version 3 as `apk mkndx` and OpenWrt call it, and the bare text. */
const indexNames = ['APKINDEX.tar.gz', 'Packages.adb', 'packages.adb', 'APKINDEX'] as const;

async function readPlace(ctx: Context, store: Store, place: string, architecture: string): Promise<IndexFile> {
  if (/^https?:\/\//u.test(place)) return await fetchPlace(ctx, store, place, architecture);
  const path = place.startsWith('file:') ? fileURLToPath(place) : resolve(ctx.cwd, place);
  const candidates = [
    path,
    ...[path, join(path, architecture)].flatMap((folder) => indexNames.map((name) => join(folder, name))),
  ];
  for (const candidate of candidates) {
    if (!(await ctx.fs.exists(candidate)) || (await ctx.fs.stat(candidate)).isDirectory()) continue;
    return {
      bytes: await ctx.fs.readFile(candidate),
      folder: pathToFileURL(dirname(candidate)).href,
      where: candidate,
    };
  }
  throw new KilopyError('KP5074', `${place} is not an apk feed`, {
    where: path,
    why: `It is no index, and has none of ${indexNames.slice(0, 3).join(', ')}, nor a folder ${architecture} with one of them.`,
  });
}

/** The index that is named, else the first that the server has. */
async function fetchPlace(ctx: Context, store: Store, place: string, architecture: string): Promise<IndexFile> {
  const base = place.replace(/\/+$/u, '');
  const urls = /\.(?:tar\.gz|adb)$/u.test(base)
    ? [base]
    : [`${base}/${architecture}`, base].flatMap((folder) => indexNames.slice(0, 3).map((name) => `${folder}/${name}`));
  for (const url of urls) {
    try {
      const { bytes } = await fetchDocument(ctx, store, url);
      return { bytes, folder: url.slice(0, url.lastIndexOf('/')), where: url };
    } catch (error) {
      if (urls.length === 1 || !(error instanceof KilopyError) || error.code !== 'KP6012') throw error;
    }
  }
  throw new KilopyError('KP5074', `${place} is not an apk feed`, {
    where: place,
    why: `The server has none of ${urls.join(', ')}.`,
  });
}
