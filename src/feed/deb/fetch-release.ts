import { sha256 } from '../../crypto/digest.ts';
import type { Digest } from '../../values/digest.ts';
import type { Context } from '../../io/context.ts';
import type { IndexVerdict } from '../feed.ts';
import type { ArchiveAccess, ArchiveDocument } from './archive-access.ts';
import type { CompleteRelease } from './last-complete.ts';
import { checkSuite, checkValidity, isExpired, parseRelease, type DebRelease } from './release.ts';
import type { DebIndexSource } from './sources.ts';
import { notKept, trustInRelease, trustRelease, unsigned, type TrustedText } from './trust.ts';

/** A signed list of contents that has been verified, and is the one that was asked for. */
export interface VerifiedRelease extends IndexVerdict {
  readonly release: DebRelease;
  readonly document: CompleteRelease;
  /** Why none of its packages are used, when the archive's list of them is out of step with it. */
  readonly unusable?: string;
  /** Of the signed file itself. */
  readonly digest: Digest;
}

/** Folder of a suite below its archive; `''` for the archive itself. */
export function suiteFolder(suite: string): string {
  if (!suite.endsWith('/')) return `dists/${suite}/`;
  return suite === './' || suite === '/' ? '' : suite;
}

/**
 * InRelease of a suite, or Release with Release.gpg in older archives. Before a fresh one is kept its signature, suite
 * and expiry are checked; a stored one is verified again as of the time at which it was fetched.
 *
 * @throws KilopyError KP5001 to KP5007, KP5050 to KP5052, KP5056, KP5059, and those of the network
 */
export async function fetchRelease(
  ctx: Context,
  archive: ArchiveAccess,
  source: DebIndexSource,
): Promise<VerifiedRelease> {
  const folder = suiteFolder(source.suite);
  const found =
    (await fetchJudged(ctx, archive, source, `${folder}InRelease`, (bytes, nowMs, where) =>
      trustInRelease(ctx, source, bytes, nowMs, where),
    )) ?? (await fetchDetached(ctx, archive, source, folder));
  if (found === undefined) {
    const where = `${archive.url}/${folder}InRelease`;
    throw archive.offline ? notKept(source, where) : unsigned(source, where);
  }
  return found;
}

async function fetchDetached(
  ctx: Context,
  archive: ArchiveAccess,
  source: DebIndexSource,
  folder: string,
): Promise<VerifiedRelease | undefined> {
  const signature = source.allowUntrusted
    ? undefined
    : await archive.document(`${folder}Release.gpg`, async () => undefined);
  return await fetchJudged(ctx, archive, source, `${folder}Release`, (bytes, nowMs, where) =>
    trustRelease(ctx, source, bytes, signature?.bytes, nowMs, where),
  );
}

type Judge = (bytes: Uint8Array, nowMs: number, where: string) => Promise<TrustedText>;

async function fetchJudged(
  ctx: Context,
  archive: ArchiveAccess,
  source: DebIndexSource,
  path: string,
  judge: Judge,
): Promise<VerifiedRelease | undefined> {
  const { feed, suite } = source;
  const url = `${archive.url}/${path}`;
  let judged: Judged | undefined;
  async function check(bytes: Uint8Array, nowMs: number): Promise<Judged> {
    const { text, verdict } = await judge(bytes, source.judgedAtMs ?? nowMs, url);
    const release = parseRelease(text, url);
    checkSuite(release, suite, url);
    return { bytes, release, verdict };
  }
  const document = await archive.document(path, async (bytes, nowMs) => {
    judged = await check(bytes, nowMs);
    if (!source.allowExpired) checkValidity(judged.release, suite, feed, source.judgedAtMs ?? nowMs, url);
  });
  if (document === undefined) return undefined;
  const { bytes, fetchedAtMs } = document;
  const { release, verdict } = judged?.bytes === bytes ? judged : await check(bytes, fetchedAtMs);
  report(ctx, source, release, document);
  return {
    feed,
    suite,
    url,
    verdict,
    fetchedAtMs,
    release,
    digest: sha256(bytes),
    document: { path, bytes, fetchedAtMs },
  };
}

interface Judged {
  readonly bytes: Uint8Array;
  readonly release: DebRelease;
  readonly verdict: TrustedText['verdict'];
}

/** What a person should know of an index that is used although it is not fresh, or not verified. */
function report(ctx: Context, source: DebIndexSource, release: DebRelease, document: ArchiveDocument): void {
  const { feed, suite, allowExpired, allowUntrusted } = source;
  if (allowUntrusted) {
    ctx.emit({ type: 'warning', text: `${feed}: the index of ${suite} is used without a signature (allowUntrusted)` });
  }
  if (allowExpired && isExpired(release, source.judgedAtMs ?? ctx.clock.now())) {
    ctx.emit({ type: 'warning', text: `${feed}: the index of ${suite} has expired (allowExpired)`, code: 'KP5051' });
  }
  if (document.isStored) {
    const age = ageText(ctx.clock.now() - document.fetchedAtMs);
    ctx.emit({ type: 'note', text: `${feed}: the stored index of ${suite} is used, ${age} old` });
  }
}

function ageText(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  const [count, unit] =
    minutes < 60
      ? [minutes, 'minute']
      : minutes < 48 * 60
        ? [Math.floor(minutes / 60), 'hour']
        : [Math.floor(minutes / 1440), 'day'];
  return `${String(count)} ${unit}${count === 1 ? '' : 's'}`;
}
