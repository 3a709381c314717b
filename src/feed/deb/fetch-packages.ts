import type { Compression } from '../../codec/compression.ts';
import { hexOf } from '../../crypto/digest.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { decompress } from '../../store/decompress.ts';
import type { Store } from '../../store/store.ts';
import type { BlobRef } from '../../values/blob.ts';
import type { ArchiveAccess } from './archive-access.ts';
import { compactIndexVersion, openCompactIndex, type CompactIndex } from './compact-index.ts';
import { suiteFolder, type VerifiedRelease } from './fetch-release.ts';
import { makeCompactIndex } from './make-compact-index.ts';
import type { DebIndexSource } from './sources.ts';

const indexKind = `deb-index-${compactIndexVersion}`;

/**
 * The packages that a verified Release lists for an architecture, one index for each component. They come from the
 * store when it has the same list already, else they are fetched, compared with their SHA-256 and parsed as a stream.
 *
 * @throws KilopyError KP5053 to KP5055, KP4xxx for damaged compression, and those of the network
 */
export async function fetchPackages(
  ctx: Context,
  store: Store,
  archive: ArchiveAccess,
  source: DebIndexSource,
  verified: VerifiedRelease,
  architecture: string,
): Promise<readonly CompactIndex[]> {
  const lists = findLists(source, verified, architecture);
  const indexes: CompactIndex[] = [];
  for (const list of lists) indexes.push(await fetchList(ctx, store, archive, source, verified, list));
  return indexes;
}

interface PackagesList {
  /** Below the suite's folder. */
  readonly path: string;
  readonly compression: Compression;
  readonly ref: BlobRef;
  /** Size after decompression, where the Release says. */
  readonly textBytes: number | undefined;
}

const variants: readonly (readonly [string, Compression])[] = [
  ['.xz', 'xz'],
  ['.gz', 'gzip'],
  ['', 'none'],
];

function findLists(source: DebIndexSource, { release, url }: VerifiedRelease, architecture: string): PackagesList[] {
  function find(folder: string): PackagesList | undefined {
    for (const [ending, compression] of variants) {
      const path = `${folder}Packages${ending}`;
      const ref = release.files.get(path);
      const textBytes = release.files.get(`${folder}Packages`)?.sizeBytes;
      if (ref !== undefined) return { path, compression, ref, textBytes };
    }
    return undefined;
  }
  const folders = source.components.length === 0 ? [''] : source.components.map((component) => `${component}/`);
  return folders.flatMap((folder) => {
    const isFlat = folder === '';
    const native = find(isFlat ? '' : `${folder}binary-${architecture}/`);
    const independent = release.hasSeparateAll && !isFlat ? find(`${folder}binary-all/`) : undefined;
    const lists = [native, independent].filter((list) => list !== undefined);
    if (lists.length === 0) throw notThere(source, folder.slice(0, -1), architecture, release.architectures, url);
    return lists;
  });
}

async function fetchList(
  ctx: Context,
  store: Store,
  archive: ArchiveAccess,
  source: DebIndexSource,
  { release }: VerifiedRelease,
  list: PackagesList,
): Promise<CompactIndex> {
  // The key is what was compared, not the SHA-256 of the text, which another feed could claim for a text of its own.
  const recalled = await recallIndex(store, list.ref);
  if (recalled !== undefined) return recalled;
  const path = `${suiteFolder(source.suite)}${list.path}`;
  const byHash = `${path.slice(0, path.lastIndexOf('/') + 1)}by-hash/SHA256/${hexOf(list.ref.digest)}`;
  const label = `packages of ${source.suite} (${list.path})`;
  const content =
    (release.acquireByHash ? await archive.content(byHash, list.ref, label) : undefined) ??
    (await archive.content(path, list.ref, label));
  if (content === undefined) {
    throw new KilopyError('KP5054', `The archive lists ${list.path} for ${source.suite}, but does not have it`, {
      where: `${archive.url}/${path}`,
      fix: 'try again in some minutes, or use another mirror',
    });
  }
  const text = decompress(ctx, list.compression, content, ctx.limits.indexBytes);
  const bytes = await makeCompactIndex(text, ctx.limits, `${archive.url}/${path}`, list.textBytes);
  await store.remember(indexKind, list.ref.digest, bytes);
  return openedIndex(bytes);
}

async function recallIndex(store: Store, ref: BlobRef): Promise<CompactIndex | undefined> {
  const bytes = await store.recall(indexKind, ref.digest);
  return bytes === undefined ? undefined : openCompactIndex(bytes);
}

/** For bytes that were made a moment ago. */
export function openedIndex(bytes: Uint8Array): CompactIndex {
  const index = openCompactIndex(bytes);
  if (index === undefined) throw new Error('a compact index that was just made cannot be opened');
  return index;
}

function notThere(
  source: DebIndexSource,
  component: string,
  architecture: string,
  architectures: readonly string[],
  where: string,
): KilopyError {
  const has = architectures.includes(architecture);
  const what = has || component === '' ? `component ${component || '(flat archive)'}` : `architecture ${architecture}`;
  return new KilopyError('KP5053', `${source.suite} has no packages for the ${what}`, {
    where,
    why: has ? undefined : `It has ${architectures.filter((one) => one !== 'all').join(', ') || 'none'}.`,
    data: { feed: source.feed, suite: source.suite, component, architecture, architectures },
  });
}
