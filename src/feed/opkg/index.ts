import { sha256 } from '../../crypto/digest.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { opkgPriorities, opkgUniverse, type OpkgUniverse } from '../../solve/opkg/universe.ts';
import { fetchDocument } from '../../store/fetch-index.ts';
import { mapParallel } from '../../io/parallel.ts';
import type { Store } from '../../store/store.ts';
import type { Digest } from '../../values/digest.ts';
import type { Verified } from '../../values/verified.ts';
import type { Feed, Freshness, IndexVerdict, PackageLocation, VerifiedIndex } from '../feed.ts';
import { fetchIpk } from './fetch-package.ts';
import { checkIpkIdentity, unpackIpk } from './package.ts';
import { parseOpkgIndex, type OpkgIndexPackage } from './parse-index.ts';
import { opkgKeys, trustIndex, type OpkgTrust } from './trust.ts';
import { opkgVersionRules } from './version.ts';

/** One `src/gz NAME URL` line of repositories.conf, and who may sign it. */
export interface OpkgFeedSettings {
  readonly name: string;
  /** The folder with Packages.gz. */
  readonly url: string;
  /** Files or folders with public keys of usign. */
  readonly keys?: readonly string[] | undefined;
  /** Whether the keys of OpenWrt that kilopy carries may sign it. Default no. */
  readonly isOpenwrt?: boolean | undefined;
  readonly allowUntrusted?: boolean | undefined;
}

/** How one index came to be trusted, and which it was. */
export interface OpkgIndexVerdict extends IndexVerdict {
  readonly digest: Digest;
}

/** The opkg feeds of one build. */
export interface OpkgFeed extends VerifiedIndex<OpkgIndexPackage, OpkgUniverse> {
  readonly verdicts: readonly OpkgIndexVerdict[];
}

/** The opkg kind of feed. */
export const opkgFeed: Feed<OpkgFeedSettings, OpkgIndexPackage, OpkgUniverse> = {
  kind: 'opkg',
  versions: opkgVersionRules,
  open: openOpkgFeed,
};

/**
 * Opens opkg feeds: fetches and verifies the index of each (from the store with `offline`, and with `locked` where it has
 * one). Of packages that are equal in name, version and architecture the last feed's counts, as in opkg.
 *
 * @param architecture OpenWrt's name, such as `mips_24kc`; packages of `all` belong to each
 * @param byHand packages that are in no index: libc and kernel
 * @throws KilopyError KP5001, KP5002, KP5107 (trust), KP5102 (index), KP5059 (offline), KP60xx (network)
 */
export async function openOpkgFeed(
  ctx: Context,
  store: Store,
  settings: readonly OpkgFeedSettings[],
  architecture: string,
  freshness: Freshness,
  byHand: readonly OpkgIndexPackage[] = [],
): Promise<OpkgFeed> {
  const opened = await mapParallel(settings, 6, (one) => openIndex(ctx, store, one, freshness));
  const universe = opkgUniverse(
    opened.flatMap(({ packages }) => packages),
    byHand,
    opkgPriorities(architecture),
  );
  return {
    universe,
    verdicts: opened.map(({ verdict }) => verdict),
    // All packages of this universe come out of indexes.
    candidates: (name) => (universe.named(name)?.packages ?? []) as readonly OpkgIndexPackage[],
    locate: locateIpk,
    async payload(within, into, pkg) {
      const label = `${pkg.name} ${pkg.version}`;
      const payload = await unpackIpk(within, into, await fetchIpk(within, into, locateIpk(pkg), label), label);
      checkIpkIdentity(payload, pkg);
      return payload;
    },
  };
}

/** Where a package is. Throws KP5054 when its index does not say. */
export function locateIpk({
  name,
  version,
  folder,
  filename,
  sha256: hex,
  sizeBytes,
}: OpkgIndexPackage): PackageLocation {
  if (filename === '' || !/^[0-9a-f]{64}$/u.test(hex) || sizeBytes < 0) {
    throw new KilopyError('KP5054', `The index does not say where ${name} ${version} is`, {
      where: folder,
      why: 'Filename, Size or SHA256sum is missing or malformed.',
    });
  }
  return { url: `${folder}/${opkgUrlPath(filename)}`, digest: `sha256:${hex}`, sizeBytes };
}

/** A path of an index as a part of a URL. A `+` in a file name is one. */
export function opkgUrlPath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/').replaceAll('%2B', '+');
}

async function openIndex(
  ctx: Context,
  store: Store,
  { name, url, keys = [], isOpenwrt = false, allowUntrusted = false }: OpkgFeedSettings,
  freshness: Freshness,
): Promise<{ readonly packages: readonly OpkgIndexPackage[]; readonly verdict: OpkgIndexVerdict }> {
  const folder = url.replace(/\/+$/u, '');
  const where = `${folder}/Packages.gz`;
  const trust: OpkgTrust = allowUntrusted
    ? { untrustedBecause: `allowUntrusted is set for the feed ${name}` }
    : { keys: await opkgKeys(ctx, keys, isOpenwrt) };
  const options = {
    offline: freshness.offline || store.offline,
    maxAgeMs: freshness.locked ? Number.POSITIVE_INFINITY : 0,
  };
  const signature = 'keys' in trust ? await fetchSignature(ctx, store, `${folder}/Packages.sig`, options) : undefined;
  const judge = (bytes: Uint8Array): ReturnType<typeof trustIndex> =>
    trustIndex(bytes, signature, trust, where, ctx.limits.indexBytes);
  const { bytes, fetchedAtMs } = await fetchDocument(ctx, store, where, {
    ...options,
    accept: (fresh) => {
      judge(fresh);
    },
  }).catch((error: unknown) => {
    throw isAbsentOffline(error) ? notKept(name, where) : error;
  });
  const { value, verdict } = judge(bytes);
  const text = Buffer.from(value).toString('utf8') as Verified<string>;
  return {
    packages: parseOpkgIndex(text, { feed: name, folder, where, maxPackages: ctx.limits.entries }),
    verdict: { feed: name, suite: '', url: where, verdict, fetchedAtMs, digest: sha256(bytes) },
  };
}

/** Undefined where the server has none: that is the caller's error to tell. */
async function fetchSignature(
  ctx: Context,
  store: Store,
  url: string,
  options: { readonly offline: boolean; readonly maxAgeMs: number },
): Promise<string | undefined> {
  try {
    return Buffer.from((await fetchDocument(ctx, store, url, options)).bytes).toString('utf8');
  } catch (error) {
    if (error instanceof KilopyError && error.code === 'KP6012') return undefined;
    if (isAbsentOffline(error)) return undefined;
    throw error;
  }
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
