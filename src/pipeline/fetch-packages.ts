import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import type { LockPackage, LockSection } from '../lock/lock.ts';
import { downloadAll, type DownloadRequest } from '../store/download.ts';
import { mapParallel } from '../io/parallel.ts';
import type { Store } from '../store/store.ts';
import type { Archives } from './archives.ts';
import type { BaseFeed, FetchedPackage } from './bases/base-feed.ts';

/** Brings the packages of all targets into the store, each file once, and unpacks them. In the order of the sections. */
export async function fetchPackages(
  ctx: Context,
  store: Store,
  sections: readonly LockSection[],
  base: BaseFeed,
  archives: Archives,
): Promise<readonly (readonly FetchedPackage[])[]> {
  const wanted = new Map(sections.flatMap(({ packages }) => packages).map((locked) => [locked.sha256, locked]));
  const packages = [...wanted.values()];
  ctx.emit({ type: 'step.started', step: 'fetch', title: 'fetching packages' });
  const blobs = await downloadAll(
    ctx,
    store,
    packages.map((locked) => packageRequest(locked, base, archives)),
  );
  ctx.emit({ type: 'step.finished', step: 'fetch' });
  ctx.emit({ type: 'step.started', step: 'unpack', title: 'unpacking packages' });
  const payloads = await mapParallel(packages, 2, async (locked, i) => {
    const blob = blobs[i];
    if (blob === undefined) throw new Error('a download without a result');
    return await base.unpack(ctx, store, blob, locked);
  });
  ctx.emit({ type: 'step.finished', step: 'unpack' });
  const bySha256 = new Map(packages.map((locked, i) => [locked.sha256, payloads[i]]));
  return sections.map((section) =>
    section.packages.map((locked) => {
      const payload = bySha256.get(locked.sha256);
      if (payload === undefined) throw new Error('a package without content');
      return { locked, payload };
    }),
  );
}

/** Where a locked package is under the mirrors of now. Throws KP1103 for an archive that the configuration lacks. */
export function packageRequest(locked: LockPackage, base: BaseFeed, archives: Archives): DownloadRequest {
  const archive = archives.urlOf(locked.feed);
  if (archive === undefined) {
    throw new KilopyError('KP1103', `${locked.name} is locked to the archive ${locked.feed}, which is not configured`, {
      data: { package: locked.name, archive: locked.feed },
    });
  }
  return {
    url: `${archive}/${base.urlPath(locked.path)}`,
    digest: `sha256:${locked.sha256}`,
    sizeBytes: locked.sizeBytes,
    label: `${locked.name} ${locked.version} ${locked.architecture}`,
  };
}
