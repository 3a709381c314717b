import { createHash } from 'node:crypto';
import { apkScriptNames } from '../../../codec/packages/apk-script-names.ts';
import { gunzipMembers } from '../../../codec/gzip/gunzip-members.ts';
import { gunzipStream } from '../../../codec/gzip/gunzip-stream.ts';
import { readTar } from '../../../codec/tar/read-tar.ts';
import { readTarStream } from '../../../codec/tar/read-tar-stream.ts';
import type { ApkChecksum } from '../../../crypto/apk-checksum.ts';
import type { FeedKey } from '../../../crypto/public-keys.ts';
import { verifyRsa } from '../../../crypto/rsa.ts';
import { trustAnyway } from '../../../crypto/verdict.ts';
import { KilopyError } from '../../../errors/kilopy-error.ts';
import type { Limits } from '../../../io/limits.ts';
import type { Store } from '../../../store/store.ts';
import type { Verdict, Verified } from '../../../values/verified.ts';
import { unpackTar } from '../../deb/unpack-tar.ts';
import type { PackagePayload } from '../../feed.ts';
import { withChecksums } from './checksums.ts';
import { readSignatures } from './segments.ts';

/** Why a package may be believed: a checksum from a trusted index, its own signature, or that the user waives it. */
export type ApkPackageTrust =
  | { readonly checksum: ApkChecksum }
  | { readonly keys: readonly FeedKey[] }
  | { readonly untrustedBecause: string };

export interface UnpackV2Options {
  readonly trust: ApkPackageTrust;
  readonly limits: Pick<Limits, 'packageBytes' | 'fileBytes' | 'entries'>;
}

/** A package of version 2 whose control part is trusted and read, and whose files have been compared with it as a whole. */
export interface ApkPackageV2 {
  /** .PKGINFO: keys in lower case; of those that stand several times the values with blanks between. */
  readonly control: ReadonlyMap<string, string>;
  /** `pre-install` to `post-upgrade` and `trigger`. */
  readonly scripts: ReadonlyMap<string, string>;
  readonly verdict: Verdict;
  /** Byte ranges in the file. */
  readonly segments: { readonly control: Range; readonly data: Range };
  /** The archive of the files, compressed. */
  readonly data: Verified<Uint8Array>;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

const controlLimitBytes = 16 * 2 ** 20;

/**
 * Verifies a package of version 2 and puts its files into the store.
 *
 * @param bytes the package; gzip members for its signatures, control part and files
 * @param idPrefix makes inode names of this package differ from those of others
 * @throws KilopyError KP5001, KP5002, KP5072 for its trust, KP5071 for what is no package, KP5061 or KP7001 for unsafe
 *   paths, KP4xxx for damage
 */
export async function unpackApkV2(
  store: Store,
  bytes: Uint8Array,
  options: UnpackV2Options,
  idPrefix: string,
  label: string,
): Promise<PackagePayload> {
  const { control, scripts, data } = openApkV2(bytes, options.trust, label);
  const { limits } = options;
  const content = gunzipStream(pieces(data), { limitBytes: limits.packageBytes });
  const archive = readTarStream(content, { source: label, limits });
  const entries = data.length === 0 ? [] : await unpackTar(store, withChecksums(archive, label), { idPrefix, label });
  return { entries, control, conffiles: [], scripts };
}

/** The first half of unpackApkV2: everything but the files. */
export function openApkV2(bytes: Uint8Array, trust: ApkPackageTrust, label: string): ApkPackageV2 {
  const { signatures, end: start } = readSignatures(bytes, label);
  const { value: member } = gunzipMembers(bytes.subarray(start), { limitBytes: controlLimitBytes }).next();
  if (member === undefined) throw unreadable(label, 'It has no control part.');
  const end = start + member.end;
  const verdict = verdictOf(bytes.subarray(start, end), trust, signatures, label);
  const { control, scripts } = readControl(member.content, label);
  const data = bytes.subarray(end);
  checkDataHash(data, control.get('datahash'), trust, label);
  return {
    control,
    scripts,
    verdict,
    segments: { control: { start, end }, data: { start: end, end: bytes.length } },
    data: data as Verified<Uint8Array>,
  };
}

function verdictOf(
  control: Uint8Array,
  trust: ApkPackageTrust,
  signatures: Parameters<typeof verifyRsa>[1],
  label: string,
): Verdict {
  if ('keys' in trust) return verifyRsa(control, signatures, trust.keys, label).verdict;
  if ('untrustedBecause' in trust) return trustAnyway(control, trust.untrustedBecause).verdict;
  const { algorithm, hex } = trust.checksum;
  const actual = createHash(algorithm).update(control).digest('hex');
  if (actual !== hex) {
    throw new KilopyError('KP5072', `${label} does not have the checksum that its index gives`, {
      where: label,
      why: `announced ${hex}, found ${actual}: the package is newer than its index, or was changed`,
      data: { algorithm, expected: hex, actual },
    });
  }
  return { kind: 'digest', digest: `${algorithm}:${hex}` };
}

/** The control part binds the files by their SHA-256. Only very old packages have none. */
function checkDataHash(data: Uint8Array, hash: string | undefined, trust: ApkPackageTrust, label: string): void {
  if (hash === undefined) {
    if (data.length === 0 || 'untrustedBecause' in trust) return;
    throw unreadable(label, 'Its .PKGINFO has no datahash, so nothing binds its files.');
  }
  const actual = createHash('sha256').update(data).digest('hex');
  if (actual === hash.toLowerCase()) return;
  throw new KilopyError('KP5072', `The files of ${label} do not have the checksum that its .PKGINFO gives`, {
    where: label,
    why: `announced ${hash}, found ${actual}`,
    data: { expected: hash, actual },
  });
}

const scriptNames: ReadonlySet<string> = new Set(apkScriptNames.map((name) => `.${name}`));

function readControl(content: Uint8Array, label: string): Pick<ApkPackageV2, 'control' | 'scripts'> {
  let control: ReadonlyMap<string, string> | undefined;
  const scripts = new Map<string, string>();
  for (const { header, body } of readTar(content, { source: label, endMarker: 'optional' })) {
    if (header.type !== 'file') continue;
    const text = Buffer.from(body).toString('utf8');
    if (header.path === '.PKGINFO') control = parsePkgInfo(text);
    else if (scriptNames.has(header.path)) scripts.set(header.path.slice(1), text);
  }
  if (control === undefined) throw unreadable(label, 'It has no .PKGINFO.');
  return { control, scripts };
}

/** `key = value` lines; `#` starts a remark (apk-tools, package.c). */
function parsePkgInfo(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const split = line.indexOf(' = ');
    if (line.startsWith('#') || split === -1) continue;
    const key = line.slice(0, split).toLowerCase();
    const value = line.slice(split + 3);
    const before = fields.get(key);
    fields.set(key, before === undefined ? value : `${before} ${value}`);
  }
  return fields;
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += 2 ** 20) yield bytes.subarray(start, start + 2 ** 20);
}

function unreadable(label: string, why: string): KilopyError {
  return new KilopyError('KP5071', `${label} is not an apk package that can be read`, { where: label, why });
}
