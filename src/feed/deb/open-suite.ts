import type { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { Store } from '../../store/store.ts';
import type { ArchiveAccess } from './archive-access.ts';
import { fetchPackages } from './fetch-packages.ts';
import { fetchRelease, type VerifiedRelease } from './fetch-release.ts';
import { isOutOfStep, lastComplete, rememberComplete } from './last-complete.ts';
import type { DebIndexSource } from './sources.ts';
import type { UniverseIndex } from './universe.ts';

export interface OpenedSuite {
  readonly release: VerifiedRelease;
  readonly indexes: readonly UniverseIndex[];
}

/**
 * One suite. When the mirror is between two states, the last complete state that the store has stands in; without one,
 * updates to another suite are left out, and anything else is an error.
 */
export async function openSuite(
  ctx: Context,
  store: Store,
  source: DebIndexSource,
  archive: ArchiveAccess,
  architecture: string,
): Promise<OpenedSuite> {
  const open = async (from: ArchiveAccess): Promise<OpenedSuite> => {
    const release = await fetchRelease(ctx, from, source);
    try {
      return { release, indexes: await readLists(from, release) };
    } catch (error) {
      if (!isOutOfStep(error)) throw error;
      throw new OutOfStep(release, error);
    }
  };
  const readLists = async (from: ArchiveAccess, release: VerifiedRelease): Promise<readonly UniverseIndex[]> => {
    const origin = { feed: source.feed, suite: source.suite, archive: archive.url };
    const indexes = await fetchPackages(ctx, store, from, source, release, architecture);
    return indexes.map((index) => ({ ...origin, index }));
  };
  try {
    const opened = await open(archive);
    const newer = await newerSeen(ctx, store, source, architecture, opened.release);
    if (newer !== undefined) return await open(newer);
    await rememberComplete(store, source, architecture, opened.release);
    return opened;
  } catch (error) {
    if (!(error instanceof OutOfStep)) throw error;
    const earlier = await lastComplete(ctx, store, source, architecture);
    const stood = earlier === undefined ? undefined : await open(earlier).catch(() => undefined);
    if (stood === undefined && !source.isOptional) throw error.cause;
    const { code, message, why = 'it is not there' } = error.cause;
    const instead = stood === undefined ? 'left out' : `used as it was on ${dayOf(stood.release.release.dateMs)}`;
    const text = `${source.suite} is ${instead} for ${architecture}: ${message} (${why})`;
    ctx.emit({ type: 'warning', code, text });
    return stood ?? { release: { ...error.release, unusable: message }, indexes: [] };
  }
}

/**
 * The last complete state, when it is newer than what the mirror gives now. An old signed file stays valid for years, and
 * somebody on the way may hand it out again to keep a fix from us; a mirror behind the others does the same without intent.
 */
async function newerSeen(
  ctx: Context,
  store: Store,
  source: DebIndexSource,
  architecture: string,
  { release }: VerifiedRelease,
): Promise<ArchiveAccess | undefined> {
  const seen = await lastComplete(ctx, store, source, architecture);
  if (seen?.dateMs === undefined || release.dateMs === undefined || seen.dateMs <= release.dateMs) return undefined;
  ctx.emit({
    type: 'warning',
    text: `${source.suite} on the mirror is of ${dayOf(release.dateMs)}; the newer one of ${dayOf(seen.dateMs)}, seen before, is used`,
  });
  return seen;
}

/** Control flow: a signed file that verified, and package lists that do not belong to it. */
class OutOfStep extends Error {
  readonly release: VerifiedRelease;
  override readonly cause: KilopyError;

  constructor(release: VerifiedRelease, cause: KilopyError) {
    super(cause.message);
    this.release = release;
    this.cause = cause;
  }
}

function dayOf(dateMs: number | undefined): string {
  return dateMs === undefined ? 'an earlier day' : new Date(dateMs).toISOString().slice(0, 10);
}
