import { fileURLToPath } from 'node:url';
import { sha256 } from '../../crypto/digest.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { ApkPackage } from '../../solve/apk/apk-package.ts';
import type { ApkUniverse } from '../../solve/apk/universe.ts';
import { fetchDocument } from '../../store/fetch-index.ts';
import { mapParallel } from '../../io/parallel.ts';
import type { Store } from '../../store/store.ts';
import type { BlobRef } from '../../values/blob.ts';
import type { Digest } from '../../values/digest.ts';
import type { Feed, Freshness, IndexVerdict, VerifiedIndex } from '../feed.ts';
import { fetchApkPackage, packageUrl, unpackApk } from './fetch-package.ts';
import type { ApkIndexPackage } from './parse-index.ts';
import { openUniverse, type IndexSource } from './open-universe.ts';
import { readApkIndex, verifyApkIndex, type ApkIndexTrust } from './read-index.ts';
import { trustedKeys, type KeyOwner } from './trust.ts';
import { apkVersionRules } from './version.ts';

/** One line of /etc/apk/repositories, and who may sign it. */
export interface ApkFeedSettings {
  /** Name of the feed in messages, origins and the lock. */
  readonly name: string;
  /** The folder that has one for each architecture, or the index itself (`.tar.gz`, `.adb`). */
  readonly url: string;
  /** `testing` for `@testing URL`. */
  readonly tag?: string | undefined;
  /** Files or folders with public keys. */
  readonly keys?: readonly string[] | undefined;
  /** Whose keys, of those that kilopy carries, may sign it. Default none. */
  readonly owners?: readonly KeyOwner[] | undefined;
  /** Takes the feed without any signature. */
  readonly allowUntrusted?: boolean | undefined;
}

/** How one index came to be trusted, and which it was. */
export interface ApkIndexVerdict extends IndexVerdict {
  readonly digest: Digest;
}

/** The apk feeds of one build. */
export interface ApkFeed extends VerifiedIndex<ApkIndexPackage, ApkUniverse> {
  readonly verdicts: readonly ApkIndexVerdict[];
  /** Brings a package into the store: only then is the digest of its file known. */
  fetch(ctx: Context, store: Store, pkg: ApkIndexPackage): Promise<BlobRef>;
}

/** The apk kind of feed. */
export const apkFeed: Feed<ApkFeedSettings, ApkIndexPackage, ApkUniverse> = {
  kind: 'apk',
  versions: apkVersionRules,
  open: openApkFeed,
};

/**
 * Opens apk repositories: fetches and verifies the index of each (from the store with `offline`, and with `locked` where
 * it has one), in the order given, which is the order of preference between packages that are equal in all else.
 *
 * @param architecture apk's name, such as `x86_64` or `armv7`
 * @param files packages that are given as files, preferred to equal ones of the feeds
 * @throws KilopyError KP5001, KP5002 (trust), KP5070 (index), KP5059 (offline), KP5075, KP5250 (keys), KP60xx (network)
 */
export async function openApkFeed(
  ctx: Context,
  store: Store,
  settings: readonly ApkFeedSettings[],
  architecture: string,
  freshness: Freshness,
  files: readonly ApkIndexPackage[] = [],
): Promise<ApkFeed> {
  const fetchedIndexes = await mapParallel(settings, 6, (one) => fetchIndex(ctx, store, one, architecture, freshness));
  const { universe, verdicts } = await openUniverse(ctx, store, fetchedIndexes, files);
  const fetched = new Map<ApkPackage, BlobRef>();
  async function fetchPackage(within: Context, into: Store, pkg: ApkIndexPackage): Promise<BlobRef> {
    const ref = await fetchApkPackage(within, into, pkg);
    fetched.set(pkg, ref);
    return ref;
  }
  return {
    universe,
    verdicts: fetchedIndexes.map(({ bytes, tag = '', origin, fetchedAtMs }, i) => ({
      feed: origin.feed,
      suite: tag,
      url: origin.where,
      verdict: verdicts[i] ?? { kind: 'untrusted', why: 'not judged' },
      fetchedAtMs,
      digest: sha256(bytes),
    })),
    // All packages of this universe come out of indexes or files of packages.
    candidates: (name) => universe.named(name) as readonly ApkIndexPackage[],
    fetch: fetchPackage,
    locate(pkg) {
      const ref = fetched.get(pkg);
      if (ref !== undefined) return { url: packageUrl(pkg), ...ref };
      throw new KilopyError('KP5054', `The index does not say the SHA-256 of ${pkg.name} ${pkg.version}`, {
        where: pkg.folder,
        why: 'An index of apk knows a part of each package; the whole is known when it has been fetched.',
      });
    },
    async payload(within, into, pkg) {
      return await unpackApk(within, into, await fetchPackage(within, into, pkg), pkg);
    },
  };
}

interface FetchedIndex extends IndexSource {
  readonly fetchedAtMs: number;
}

async function fetchIndex(
  ctx: Context,
  store: Store,
  { name, url: place, tag, keys, owners = [], allowUntrusted = false }: ApkFeedSettings,
  architecture: string,
  freshness: Freshness,
): Promise<FetchedIndex> {
  const trust: ApkIndexTrust = allowUntrusted
    ? { untrustedBecause: `allowUntrusted is set for the feed ${name}` }
    : { keys: await trustedKeys(ctx, { keys, owners }, architecture) };
  const offline = freshness.offline || store.offline;
  const urls = indexUrls(place, architecture);
  let first: unknown;
  for (const url of urls) {
    const places = { folder: folderOf(url), repository: repositoryOf(place) };
    const origin = { feed: name, ...places, where: url, architecture, maxPackages: ctx.limits.entries };
    try {
      if (url.startsWith('file:')) return { ...(await readLocalIndex(ctx, name, url)), trust, origin, tag };
      const { bytes, fetchedAtMs } = await fetchDocument(ctx, store, url, {
        offline,
        maxAgeMs: freshness.locked ? Number.POSITIVE_INFINITY : 0,
        accept: async (fresh) => {
          if (verifyApkIndex(fresh, trust, url) === undefined) await readApkIndex(fresh, trust, ctx.limits, origin);
        },
      });
      return { bytes, trust, origin, tag, fetchedAtMs };
    } catch (error) {
      if (!isAbsent(error)) throw error;
      first ??= isAbsentOffline(error) ? notKept(name, url) : error;
    }
  }
  throw first;
}

/** An index on this machine: the disk is asked each time, with and without network. */
async function readLocalIndex(
  ctx: Context,
  feed: string,
  url: string,
): Promise<{ readonly bytes: Uint8Array; readonly fetchedAtMs: number }> {
  const path = fileURLToPath(url);
  const bytes = await ctx.fs.readFile(path).catch((cause: unknown) => {
    throw new KilopyError('KP5074', `${feed} is not an apk feed`, { where: path, why: `there is no ${path}`, cause });
  });
  return { bytes, fetchedAtMs: ctx.clock.now() };
}

/**
 * Where the index of a repository may be, the likeliest first: the URL of an index itself, else in the folder of the
 * architecture, under the name of version 2 or one of those of version 3.
 */
export function indexUrls(url: string, architecture: string): readonly string[] {
  const repository = repositoryOf(url);
  if (repository === undefined) return [url];
  const folder = `${repository}/${architecture}`;
  return ['APKINDEX.tar.gz', 'Packages.adb', 'packages.adb'].map((name) => `${folder}/${name}`);
}

/** The URL of a repository, without a trailing slash; undefined for the URL of an index. */
export function repositoryOf(url: string): string | undefined {
  return /\.(?:tar\.gz|adb)$/u.test(url) ? undefined : url.replace(/\/+$/u, '');
}

function folderOf(url: string): string {
  return url.slice(0, url.lastIndexOf('/'));
}

/** The server or the disk does not have it, or offline the store. */
export function isAbsent(error: unknown): boolean {
  return error instanceof KilopyError && ['KP6012', 'KP6016', 'KP5074'].includes(error.code);
}

function isAbsentOffline(error: unknown): boolean {
  return error instanceof KilopyError && error.code === 'KP6016';
}

function notKept(feed: string, url: string): KilopyError {
  return new KilopyError('KP5059', `The index of ${feed} is not in the store, and kilopy is offline`, {
    where: url,
    data: { feed, url },
  });
}
