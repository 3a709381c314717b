import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { DebianSettings } from '../../spec/bases.ts';
import type { FeedSpec } from '../../spec/spec.ts';
import { findDebianMirror, securityMirrorOf, withoutSlash } from './mirror.ts';
import { hasUpdates } from './suites.ts';

/** A Debian feed as the spec gives it. Everything has a default: Debian trixie with its updates. */
export interface DebFeedSettings {
  /** Name of the feed in messages, origins and the lock; default `debian`. */
  readonly name?: string | undefined;
  /** Suite or codename, default `trixie`; with a trailing slash the folder of a flat archive (`./`). */
  readonly suite?: string | undefined;
  /** URL of the archive: the folder that holds `dists` and `pool`. */
  readonly mirror?: string | undefined;
  /** URL of the security archive. */
  readonly securityMirror?: string | undefined;
  /** The state of a day at snapshot.debian.org: `YYYYMMDD` or `YYYYMMDDTHHMMSSZ`. */
  readonly snapshot?: string | undefined;
  /** Default `main`. */
  readonly components?: readonly string[] | undefined;
  /** Files with OpenPGP public keys that may sign it. */
  readonly keys?: readonly string[] | undefined;
  /** Takes the archive without any signature, as apt's `[trusted=yes]`. */
  readonly allowUntrusted?: boolean | undefined;
  /** Takes indexes past their Valid-Until. */
  readonly allowExpired?: boolean | undefined;
  /** What becomes of Debian's updates and security suites; default `available`. */
  readonly updates?: DebianSettings['updates'] | undefined;
  /** Whether it is Debian itself: signed by its keys too, with its updates and security suites. Default true. */
  readonly isDebian?: boolean | undefined;
}

/** One suite of one archive: what one signed index describes. */
export interface DebIndexSource {
  readonly feed: string;
  /** Without a trailing slash. */
  readonly archive: string;
  readonly suite: string;
  /** Empty for a flat archive. */
  readonly components: readonly string[];
  /** Key files of the user. */
  readonly keys: readonly string[];
  /** Updates to another suite: the build goes on, with a warning, when the archive's copy of the index is out of step. */
  readonly isOptional: boolean;
  /** Whether Debian's own keys may sign it. */
  readonly debianKeys: boolean;
  readonly allowUntrusted: boolean;
  readonly allowExpired: boolean;
  /** For a dated state: the time at which signatures and expiry are judged, in milliseconds since 1970. */
  readonly judgedAtMs: number | undefined;
}

/** The feeds of a spec: Debian as the base, and the user's own. Without keys of its own, a feed must be signed by Debian. */
export function debFeedSettings(base: DebianSettings, feeds: readonly FeedSpec[]): readonly DebFeedSettings[] {
  return [base, ...feeds.map(({ url, ...feed }) => ({ ...feed, mirror: url, isDebian: false }))];
}

/**
 * The indexes that a feed consists of, best first: the suite, and for a released suite of Debian its updates and
 * security fixes. Throws KP5058.
 */
export async function debIndexSources(ctx: Context, settings: DebFeedSettings): Promise<readonly DebIndexSource[]> {
  const { isDebian = true, keys = [] } = settings;
  const suite = checkedSuite(settings.suite ?? 'trixie');
  const { mirror, security, judgedAtMs } = await archives(ctx, settings);
  const main: DebIndexSource = {
    feed: settings.name ?? 'debian',
    archive: mirror,
    suite,
    components: suite.endsWith('/') ? [] : checkedComponents(settings.components ?? ['main']),
    keys,
    debianKeys: isDebian || keys.length === 0,
    allowUntrusted: settings.allowUntrusted ?? false,
    allowExpired: settings.allowExpired ?? false,
    isOptional: false,
    judgedAtMs,
  };
  const { updates = 'available' } = settings;
  if (!isDebian || !hasUpdates(suite) || updates === 'none') return [main];
  const update = { ...main, isOptional: updates === 'available' };
  return [main, { ...update, suite: `${suite}-updates` }, { ...update, archive: security, suite: `${suite}-security` }];
}

interface Archives {
  readonly mirror: string;
  readonly security: string;
  readonly judgedAtMs: number | undefined;
}

async function archives(ctx: Context, settings: DebFeedSettings): Promise<Archives> {
  const { snapshot, mirror: named, securityMirror } = settings;
  if (snapshot !== undefined) {
    if (named !== undefined) {
      throw wrong('snapshot and mirror exclude each other', 'A dated state is only at snapshot.debian.org.', settings);
    }
    const { stamp, ms } = parseSnapshot(snapshot);
    const at = (archive: string): string => `https://snapshot.debian.org/archive/${archive}/${stamp}`;
    const security = checkedUrl(securityMirror ?? at('debian-security'), 'securityMirror');
    return { mirror: at('debian'), security, judgedAtMs: ms };
  }
  const mirror = checkedUrl(named ?? (await findDebianMirror(ctx)), 'mirror');
  const security = checkedUrl(securityMirror ?? securityMirrorOf(ctx, mirror), 'securityMirror');
  return { mirror, security, judgedAtMs: undefined };
}

/** `20260131` or `20260131T120000Z` to the form of snapshot.debian.org and to milliseconds. Throws KP5058. */
export function parseSnapshot(text: string): { readonly stamp: string; readonly ms: number } {
  const [, year, month, day, hour = '00', minute = '00', second = '00'] =
    /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)Z)?$/u.exec(text) ?? [];
  const iso = `${String(year)}-${String(month)}-${String(day)}T${hour}:${minute}:${second}.000Z`;
  const ms = Date.parse(iso);
  // Date.parse takes the 31st of short months for the next month.
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== iso) {
    throw wrong(`${JSON.stringify(text)} is not a snapshot`, 'It is YYYYMMDD or YYYYMMDDTHHMMSSZ, in UTC.', { text });
  }
  return { stamp: iso.replaceAll(/[-:]|\.000/gu, ''), ms };
}

function checkedSuite(suite: string): string {
  // With a trailing slash it is a folder of a flat archive; `..` would leave it.
  if (/^[A-Za-z0-9.][A-Za-z0-9._/+-]*$/u.test(suite) && !suite.split('/').includes('..')) return suite;
  throw wrong(`${JSON.stringify(suite)} is not the name of a suite`, 'A suite is a name such as trixie or sid.', {
    suite,
  });
}

function checkedComponents(components: readonly string[]): readonly string[] {
  const bad = components.find(
    (component) => !/^[A-Za-z0-9][A-Za-z0-9._/-]*$/u.test(component) || component.split('/').includes('..'),
  );
  if (bad === undefined && components.length > 0) return components;
  throw wrong(`${JSON.stringify(bad ?? components)} is not a component`, 'A component is a name such as main.', {
    components,
  });
}

function checkedUrl(text: string, setting: string): string {
  const url = withoutSlash(text);
  if (/^https?:\/\/[^\s/]+/u.test(url) && URL.canParse(url)) return url;
  throw wrong(`${JSON.stringify(text)} is not a URL for ${setting}`, 'It starts with http:// or https://.', { text });
}

function wrong(message: string, why: string, data: object): KilopyError {
  return new KilopyError('KP5058', message, { why, data: { ...data } });
}
