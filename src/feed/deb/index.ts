import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { DebUniverse } from '../../solve/deb/deb-package.ts';
import type { SolvePackage } from '../../solve/problem.ts';
import { download } from '../../store/download.ts';
import { mapParallel } from '../../io/parallel.ts';
import type { Store } from '../../store/store.ts';
import type { Feed, Freshness, PackageLocation, PackagePayload, VerifiedIndex } from '../feed.ts';
import { httpArchive, type ArchiveAccess } from './archive-access.ts';
import type { VerifiedRelease } from './fetch-release.ts';
import { openSuite } from './open-suite.ts';
import type { DebIndexPackage } from './index-package.ts';
import { checkIdentity, unpackDeb } from './package.ts';
import { debIndexSources, type DebFeedSettings, type DebIndexSource } from './sources.ts';
import { urlPath } from './url-path.ts';
import { debUniverse, type DebIndexUniverse } from './universe.ts';
import { debVersionRules } from './version.ts';

/** Debian's feeds of one build: everything that its signed indexes say, and the way to the packages. */
export interface DebFeed extends VerifiedIndex<DebIndexPackage, DebUniverse> {
  readonly universe: DebIndexUniverse;
  /** The verified lists of contents, in the order of preference; they are the verdicts too. */
  readonly releases: readonly VerifiedRelease[];
  /** Where a package is: one of this universe, or one with the same name, version and architecture. */
  locate(pkg: SolvePackage): PackageLocation;
  payload(ctx: Context, store: Store, pkg: SolvePackage): Promise<PackagePayload>;
}

/** The deb kind of feed. */
export const debFeed: Feed<DebFeedSettings, DebIndexPackage, DebUniverse> = {
  kind: 'deb',
  versions: debVersionRules,
  open: openDebFeed,
};

/**
 * Opens Debian archives: fetches and verifies the index of each suite (from the store with `offline`, and with `locked`
 * where it has one), and merges their packages; the first given wins where the same version is in several.
 *
 * @param settings one feed or several, best first; `{}` is Debian trixie with its updates and security fixes
 * @param architecture Debian's name, such as `arm64` or `armhf`
 * @throws KilopyError KP5001 to KP5007 (trust), KP5050 to KP5058 (index), KP60xx (network, store)
 */
export async function openDebFeed(
  ctx: Context,
  store: Store,
  settings: DebFeedSettings | readonly DebFeedSettings[],
  architecture: string,
  freshness: Freshness,
): Promise<DebFeed> {
  const feeds = Array.isArray(settings) ? (settings as readonly DebFeedSettings[]) : [settings as DebFeedSettings];
  const sources = (await Promise.all(feeds.map((feed) => debIndexSources(ctx, feed)))).flat();
  return await openDebArchives(
    ctx,
    store,
    sources.map((source) => ({ source, archive: httpArchive(ctx, store, source.archive, freshness) })),
    architecture,
  );
}

/** As openDebFeed, for archives that the caller knows how to reach. */
export async function openDebArchives(
  ctx: Context,
  store: Store,
  archives: readonly { readonly source: DebIndexSource; readonly archive: ArchiveAccess }[],
  architecture: string,
): Promise<DebFeed> {
  const opened = await mapParallel(archives, 6, async ({ source, archive }) =>
    openSuite(ctx, store, source, archive, architecture),
  );
  return debFeedOf(
    debUniverse(
      opened.flatMap(({ indexes }) => indexes),
      architecture,
    ),
    opened.map(({ release }) => release),
  );
}

/** A feed of indexes that have been opened. */
export function debFeedOf(universe: DebIndexUniverse, releases: readonly VerifiedRelease[]): DebFeed {
  function locate(pkg: SolvePackage): PackageLocation {
    const found = universe
      .named(pkg.name)
      .find(({ version, architecture }) => version === pkg.version && architecture === pkg.architecture);
    if (found === undefined) throw new Error(`${pkg.name} ${pkg.version} is not a package of this feed`);
    return locationOf(found);
  }
  return {
    universe,
    releases,
    verdicts: releases,
    candidates: (name) => universe.named(name),
    locate,
    async payload(ctx, store, pkg) {
      const { name, version, architecture } = pkg;
      const label = `${name} ${version}`;
      const payload = await unpackDeb(ctx, store, await download(ctx, store, { ...locate(pkg), label }), label);
      checkIdentity(payload, { name, version, architecture }, label);
      return payload;
    },
  };
}

function locationOf({ name, version, archive, filename, sha256, sizeBytes }: DebIndexPackage): PackageLocation {
  if (filename === '' || !/^[0-9a-f]{64}$/u.test(sha256) || sizeBytes < 0) {
    throw new KilopyError('KP5054', `The index does not say where ${name} ${version} is`, {
      where: archive,
      why: 'Filename, Size or SHA256 is missing or malformed.',
    });
  }
  return { url: `${archive}/${urlPath(filename)}`, digest: `sha256:${sha256}`, sizeBytes };
}
