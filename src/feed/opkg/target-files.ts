import { readIpkControl } from './package.ts';
import { opkgPackage, type OpkgIndexPackage } from './parse-index.ts';
import { fetchIpk } from './fetch-package.ts';
import { opkgKeys, type OpkgTrust } from './trust.ts';
import { verifyUsign } from '../../crypto/usign.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { fetchDocument } from '../../store/fetch-index.ts';
import type { Store } from '../../store/store.ts';
import type { Freshness } from '../feed.ts';
import { opkgUrlPath, type OpkgFeedSettings } from './index.ts';

/** What a target of a release has on its server. */
export interface TargetFiles {
  /** Where the list stands. */
  readonly where: string;
  /** SHA-256 in hexadecimal digits, by the path below the target's folder. */
  readonly sums: ReadonlyMap<string, string>;
}

/**
 * The signed list of a target's files, `sha256sums`: a line `HASH *PATH` for every file below its folder.
 *
 * @param settings of the feed with the target's folder, not its packages, as url
 * @throws KilopyError KP5001, KP5002, KP5107 for its signature, KP60xx (network)
 */
export async function fetchTargetSums(
  ctx: Context,
  store: Store,
  { name, url, keys = [], isOpenwrt = false, allowUntrusted = false }: OpkgFeedSettings,
  freshness: Freshness,
): Promise<TargetFiles> {
  const where = `${url}/sha256sums`;
  const trust: OpkgTrust = allowUntrusted
    ? { untrustedBecause: `allowUntrusted is set for ${name}` }
    : { keys: await opkgKeys(ctx, keys, isOpenwrt) };
  const options = {
    offline: freshness.offline || store.offline,
    maxAgeMs: freshness.locked ? Number.POSITIVE_INFINITY : 0,
  };
  const signature = 'keys' in trust ? (await fetchDocument(ctx, store, `${where}.sig`, options)).bytes : undefined;
  const { bytes } = await fetchDocument(ctx, store, where, {
    ...options,
    accept: (fresh) => {
      if ('keys' in trust) verifyUsign(fresh, Buffer.from(signature ?? []).toString('utf8'), trust.keys, where);
    },
  });
  if ('keys' in trust) verifyUsign(bytes, Buffer.from(signature ?? []).toString('utf8'), trust.keys, where);
  const lines = Buffer.from(bytes).toString('utf8').split('\n');
  const found = lines.flatMap((line) => {
    const [, sha256 = '', path = ''] = /^([0-9a-f]{64}) [ *](.+)$/u.exec(line) ?? [];
    return path === '' ? [] : [[path, sha256] as const];
  });
  return { where, sums: new Map(found) };
}

/**
 * libc and kernel of a target, which are in no index. Throws KP2302 when the list has no libc.
 *
 * @param settings as for fetchTargetSums
 */
export async function fetchTargetFiles(
  ctx: Context,
  store: Store,
  { name, url }: Pick<OpkgFeedSettings, 'name' | 'url'>,
  { where, sums }: TargetFiles,
): Promise<readonly OpkgIndexPackage[]> {
  const found: OpkgIndexPackage[] = [];
  for (const pkg of ['libc', 'kernel']) {
    const pattern = new RegExp(`^packages/${pkg}_[^/]+\\.ipk$`, 'u');
    const path = [...sums.keys()].findLast((one) => pattern.test(one));
    if (path === undefined) {
      if (pkg === 'kernel') continue;
      throw new KilopyError('KP2302', `${where} names no ${pkg}`, {
        where,
        why: `No line ends in packages/${pkg}_....ipk.`,
      });
    }
    const filename = path.slice('packages/'.length);
    found.push(await fetchOne(ctx, store, { name, folder: `${url}/packages`, filename, sha256: sums.get(path) ?? '' }));
  }
  return found;
}

async function fetchOne(
  ctx: Context,
  store: Store,
  place: { readonly name: string; readonly folder: string; readonly filename: string; readonly sha256: string },
): Promise<OpkgIndexPackage> {
  const { folder, filename, sha256 } = place;
  const location = {
    url: `${folder}/${opkgUrlPath(filename)}`,
    digest: `sha256:${sha256}` as const,
    sizeBytes: undefined,
  };
  const blob = await fetchIpk(ctx, store, location, filename);
  const { control } = readIpkControl(await store.read(blob), ctx.limits, filename);
  const pkg = opkgPackage(control, { feed: place.name, folder, where: location.url }, true);
  return { ...pkg, filename, sha256, sizeBytes: blob.sizeBytes };
}
