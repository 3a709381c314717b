import { parseDeb822, type Paragraph } from '../../codec/deb822.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { BlobRef } from '../../values/blob.ts';
import type { Verified } from '../../values/verified.ts';

/** The signed list of contents of one suite. */
export interface DebRelease {
  readonly origin: string | undefined;
  readonly suite: string | undefined;
  readonly codename: string | undefined;
  /** Milliseconds since 1970. */
  readonly dateMs: number | undefined;
  readonly validUntilMs: number | undefined;
  readonly architectures: readonly string[];
  /** Whether files are also under `by-hash/SHA256/`, which a mirror's update cannot change under our feet. */
  readonly acquireByHash: boolean;
  /** Whether packages for every architecture stand only in an index of their own. */
  readonly hasSeparateAll: boolean;
  /** Path below the suite's folder to digest and size. */
  readonly files: ReadonlyMap<string, BlobRef>;
}

/** Reads a Release file (wiki.debian.org/DebianRepository/Format). `where` is its URL. Throws KP4004 or KP5050. */
export function parseRelease(text: Verified<string>, where: string): DebRelease {
  const [fields, second] = parseDeb822(text, where);
  if (fields === undefined || second !== undefined) throw unreadable(where, 'It is not one paragraph of fields.');
  const architectures = words(fields.get('architectures'));
  const notSeparate = words(fields.get('no-support-for-architecture-all')).includes('Packages');
  return {
    origin: fields.get('origin'),
    suite: fields.get('suite'),
    codename: fields.get('codename'),
    dateMs: time(fields, 'Date', where),
    validUntilMs: time(fields, 'Valid-Until', where),
    architectures,
    acquireByHash: fields.get('acquire-by-hash') === 'yes',
    hasSeparateAll: architectures.includes('all') && !notSeparate,
    files: parseFiles(fields.get('sha256'), where),
  };
}

/** Throws KP5052 when a genuine Release is that of another suite. An archive that names neither is taken at its word. */
export function checkSuite(release: DebRelease, suite: string, where: string): void {
  const names = [release.suite, release.codename].filter((name) => name !== undefined);
  // A suite may be a folder with more below (`bullseye/updates`), named by its first part.
  const first = suite.split('/')[0];
  if (suite.endsWith('/') || names.length === 0 || names.some((name) => name === suite || name === first)) return;
  throw new KilopyError('KP5052', `The mirror serves ${names.join(' / ')} as ${suite}`, {
    where,
    why: `The signed index says Suite ${release.suite ?? '(none)'}, Codename ${release.codename ?? '(none)'}.`,
    data: { asked: suite, suite: release.suite, codename: release.codename },
  });
}

/** Throws KP5051 when the index is past its Valid-Until at `nowMs`. */
export function checkValidity(release: DebRelease, suite: string, feed: string, nowMs: number, where: string): void {
  const until = release.validUntilMs;
  if (until === undefined || !isExpired(release, nowMs)) return;
  const days = Math.floor((nowMs - until) / 86_400_000);
  throw new KilopyError(
    'KP5051',
    `The index of ${suite} expired on ${new Date(until).toISOString().slice(0, 10)}${days > 0 ? `, ${String(days)} days ago` : ''}`,
    {
      where,
      why: 'The mirror is behind, an old state is being replayed, or the clock of this machine is wrong.',
      fix: `use another mirror, or set allowExpired: true for ${feed} to take it as it is`,
      data: { suite, feed, validUntil: new Date(until).toISOString() },
    },
  );
}

/** Whether the index is past its Valid-Until. Many have none: stable itself does not expire. */
export function isExpired(release: DebRelease, nowMs: number): boolean {
  return release.validUntilMs !== undefined && nowMs > release.validUntilMs;
}

/** Lines of ` DIGEST SIZE PATH`. */
function parseFiles(list: string | undefined, where: string): ReadonlyMap<string, BlobRef> {
  if (list === undefined) throw unreadable(where, 'It has no SHA256 field.');
  const files = new Map<string, BlobRef>();
  for (const line of list.split('\n')) {
    if (line.trim() === '') continue;
    const [, hex, size, path] = /^\s*([0-9a-fA-F]{64})\s+(\d{1,15})\s+(\S+)\s*$/u.exec(line) ?? [];
    if (hex === undefined || path === undefined) throw unreadable(where, `Not a line of SHA256: ${line.slice(0, 120)}`);
    files.set(path.replace(/^\.\//u, ''), { digest: `sha256:${hex.toLowerCase()}`, sizeBytes: Number(size) });
  }
  return files;
}

/** RFC 5322 dates in UTC, as Debian writes them. One that cannot be read is an error: it may be an expiry. */
function time(fields: Paragraph, name: string, where: string): number | undefined {
  const text = fields.get(name.toLowerCase());
  if (text === undefined) return undefined;
  const ms = /(?:UTC|GMT|Z|[+-]\d{4})$/u.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw unreadable(where, `${name} is not a time in UTC: ${text.slice(0, 120)}`);
  return ms;
}

function words(text: string | undefined): readonly string[] {
  return (text ?? '').split(/\s+/u).filter((word) => word !== '');
}

function unreadable(where: string, why: string): KilopyError {
  return new KilopyError('KP5050', 'The Release file of the suite cannot be read', { where, why });
}
