import { sha256 } from '../../crypto/digest.ts';
import type { Context } from '../../io/context.ts';
import type { ApkUniverse } from '../../solve/apk/universe.ts';
import { apkUniverse } from '../../solve/apk/universe.ts';
import type { Store } from '../../store/store.ts';
import type { Verdict } from '../../values/verified.ts';
import type { ApkIndexOrigin, ApkIndexPackage } from './parse-index.ts';
import { readApkIndex, verifyApkIndex, type ApkIndexTrust } from './read-index.ts';
import { formatUniverse, parseUniverse } from './stored-universe.ts';

/** An index as it came, not verified yet. */
export interface IndexSource {
  readonly bytes: Uint8Array;
  readonly trust: ApkIndexTrust;
  readonly origin: ApkIndexOrigin;
  readonly tag: string | undefined;
}

const universeKind = 'apk-universe-2';
/** Fewer packages are parsed faster than they are looked up. */
const worthStoring = 500;

/**
 * The universe of several indexes, best first, and how each came to be trusted. Signatures are checked every time; what
 * was parsed once is then taken from the store.
 *
 * @param files packages that are given as files: a first repository
 * @throws KilopyError as readApkIndex does
 */
export async function openUniverse(
  ctx: Context,
  store: Store,
  sources: readonly IndexSource[],
  files: readonly ApkIndexPackage[] = [],
): Promise<{ readonly universe: ApkUniverse; readonly verdicts: readonly Verdict[] }> {
  const tags = sources.map(({ tag }) => tag);
  const verdicts = sources.map(({ bytes, trust, origin }) => verifyApkIndex(bytes, trust, origin.where));
  const known = verdicts.filter((verdict) => verdict !== undefined);
  const key = known.length === sources.length && files.length === 0 ? keyOf(sources) : undefined;
  const stored = key === undefined ? undefined : await store.recall(universeKind, key);
  if (stored !== undefined) return { universe: parseUniverse(stored, tags), verdicts: known };

  const indexes = [];
  for (const { bytes, trust, origin } of sources) indexes.push(await readApkIndex(bytes, trust, ctx.limits, origin));
  const repositories = indexes.map(({ packages }, i) => ({ tag: tags[i], packages }));
  const universe = apkUniverse(files.length === 0 ? repositories : [{ packages: files }, ...repositories]);
  if (key !== undefined && universe.graph.nodeNames.length >= worthStoring) {
    const form = formatUniverse(universe, (node) => universe.nodeOf(node).package as ApkIndexPackage);
    if (form !== undefined) await store.remember(universeKind, key, form);
  }
  return { universe, verdicts: indexes.map(({ verdict }) => verdict) };
}

/** Everything that the universe depends on. */
function keyOf(sources: readonly IndexSource[]): string {
  return sha256(
    JSON.stringify(
      sources.map(({ bytes, tag = '', origin: { feed, folder, repository, architecture, maxPackages } }) => {
        return [sha256(bytes), tag, feed, folder, repository ?? '', architecture, maxPackages];
      }),
    ),
  );
}
