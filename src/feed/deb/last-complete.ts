import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { Store } from '../../store/store.ts';
import type { ArchiveAccess } from './archive-access.ts';
import type { DebIndexSource } from './sources.ts';

const kind = 'deb-last-complete-2';

interface Stored {
  readonly path: string;
  readonly text: string;
  readonly fetchedAtMs: number;
  readonly dateMs?: number | undefined;
}

/** A state of an archive that the store has. */
export interface StoredArchive extends ArchiveAccess {
  /** Its own date, in milliseconds since 1970. */
  readonly dateMs: number | undefined;
}

/** The signed file of a suite whose package lists were all there, kept for the day on which the mirror is half updated. */
export interface CompleteRelease {
  /** Below the archive. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly fetchedAtMs: number;
}

interface Complete {
  readonly release: { readonly dateMs: number | undefined };
  readonly document: CompleteRelease;
}

export async function rememberComplete(
  store: Store,
  source: DebIndexSource,
  architecture: string,
  { release, document: { path, bytes, fetchedAtMs } }: Complete,
): Promise<void> {
  const stored: Stored = { path, text: Buffer.from(bytes).toString('base64'), fetchedAtMs, dateMs: release.dateMs };
  await store.remember(kind, keyOf(source, architecture), Buffer.from(JSON.stringify(stored)));
}

/**
 * The last complete state as an archive: its signed file is verified again and must not have expired, its package lists
 * come out of the store. Undefined when there is none.
 */
export async function lastComplete(
  ctx: Context,
  store: Store,
  source: DebIndexSource,
  architecture: string,
): Promise<StoredArchive | undefined> {
  const bytes = await store.recall(kind, keyOf(source, architecture));
  if (bytes === undefined) return undefined;
  const stored = JSON.parse(Buffer.from(bytes).toString('utf8')) as Stored;
  const content = Buffer.from(stored.text, 'base64');
  return {
    url: source.archive,
    dateMs: stored.dateMs,
    offline: true,
    async document(path, accept) {
      if (path !== stored.path) return undefined;
      await accept(content, ctx.clock.now());
      return { bytes: content, fetchedAtMs: stored.fetchedAtMs, isStored: true };
    },
    content: () => Promise.resolve(undefined),
  };
}

/**
 * A mirror between two states: a package list is missing, or is not the one that the signed file names. Nothing of such
 * a list is used. apt, too, goes on with what it could verify, or verified earlier.
 */
export function isOutOfStep(error: unknown): error is KilopyError {
  return error instanceof KilopyError && outOfStep.has(error.code);
}

/** No such list; not found; wrong content; wrong size; a web page; offline, and not in the store. */
const outOfStep: ReadonlySet<string> = new Set(['KP5053', 'KP6012', 'KP6020', 'KP6021', 'KP6022', 'KP6016']);

function keyOf({ archive, suite, components }: DebIndexSource, architecture: string): string {
  return [archive, suite, components.join('+'), architecture].join(' ');
}
