import { schemas } from '../../../codec/adb/adb-format.ts';
import { adbFields } from '../../../codec/adb/adb-schema.ts';
import { blobOf, intOf, itemsOf, nullWord, rootWord, slotsOf, viewAdb } from '../../../codec/adb/adb-view.ts';
import { readAdb, type AdbFile } from '../../../codec/adb/read-adb.ts';
import { verifyAdb, verifyAdbHash } from '../../../crypto/adb-signature.ts';
import type { FeedKey } from '../../../crypto/public-keys.ts';
import { trustAnyway } from '../../../crypto/verdict.ts';
import { KilopyError } from '../../../errors/kilopy-error.ts';
import type { Limits } from '../../../io/limits.ts';
import type { Accounts } from '../../../tree/ownership.ts';
import type { Store } from '../../../store/store.ts';
import type { Verified } from '../../../values/verified.ts';
import type { PackagePayload } from '../../feed.ts';
import { readPackageInfo, type ApkPackageInfo } from './package-info.ts';
import { contradiction, readPaths, type PackagePath } from './package-paths.ts';
import { unpackPaths } from './unpack-paths.ts';

/** Why the contents of a package may be believed. */
export type PackageTrust =
  /** SHA-256 of its database, from a trusted index. */
  { readonly sha256: Uint8Array } | { readonly keys: readonly FeedKey[] } | { readonly untrustedBecause: string };

export interface UnpackOptions {
  readonly trust: PackageTrust;
  /** Owners stand by name in a package; who is not here becomes nobody (65534), as in apk. root is always 0. */
  readonly accounts?: Accounts;
  readonly limits: Pick<Limits, 'indexBytes' | 'packageBytes' | 'fileBytes' | 'entries'>;
}

/** A package of version 3 after its trust was established, before its contents are read. */
export interface ApkPackageV3 {
  readonly file: AdbFile;
  readonly info: ApkPackageInfo;
  readonly paths: readonly PackagePath[];
  /** `pre-install` to `post-upgrade` and `trigger`. */
  readonly scripts: ReadonlyMap<string, string>;
  /** Folders whose change runs the script `trigger`. */
  readonly triggers: readonly string[];
  readonly replacesPriority: number | undefined;
}

/**
 * Verifies a package of version 3 and puts its files into the store.
 *
 * @param label the package, for messages
 * @throws KilopyError KP5001, KP5002, KP5005 for its trust, KP5252 and KP7001 for its content, KP4xxx for damage
 */
export async function unpackApkV3(
  store: Store,
  chunks: AsyncIterable<Uint8Array>,
  options: UnpackOptions,
  label: string,
): Promise<PackagePayload> {
  const opened = await openApkV3(chunks, options, label);
  try {
    const { entries, conffiles } = await unpackPaths(store, opened, options, label);
    return { entries, conffiles, control: controlOf(opened), scripts: opened.scripts };
  } finally {
    await opened.file.close();
  }
}

/** The first half of unpackApkV3: everything but the contents. The caller reads or closes `file`. */
export async function openApkV3(
  chunks: AsyncIterable<Uint8Array>,
  { trust, limits }: UnpackOptions,
  label: string,
): Promise<ApkPackageV3> {
  const file = await readAdb(chunks, { databaseBytes: limits.indexBytes, totalBytes: limits.packageBytes });
  try {
    if (file.schema !== schemas.package)
      throw new KilopyError('KP5252', `${label} is no apk package`, { where: label });
    const parsed = parsePackage(verified(file, trust, label), limits.entries * slotsOfEntry + otherSlots, label);
    if (parsed.info.version === '') throw contradiction(label, 'it has no version');
    return { file, ...parsed };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function verified(file: AdbFile, trust: PackageTrust, label: string): Verified<Uint8Array> {
  if ('sha256' in trust) return verifyAdbHash(file.database, trust.sha256, label).value;
  if ('keys' in trust) return verifyAdb(file, trust.keys, label).value;
  return trustAnyway(file.database, trust.untrustedBecause).value;
}

/** A file has at most 7 slots, its attributes 5, and its lists some more. */
const slotsOfEntry = 16;
const otherSlots = 2 ** 20;

function parsePackage(database: Verified<Uint8Array>, budget: number, label: string): Omit<ApkPackageV3, 'file'> {
  const view = viewAdb(database, budget);
  const slots = slotsOf(view, rootWord(view));
  const fields = adbFields.package;
  const scriptSlots = slotsOf(view, slots[fields.scripts] ?? nullWord);
  const scripts = new Map<string, string>();
  for (const [name, field] of Object.entries(adbFields.scripts)) {
    const script = blobOf(view, scriptSlots[field] ?? nullWord);
    if (script !== undefined) scripts.set(name, script.toString('utf8'));
  }
  return {
    info: readPackageInfo(view, slots[fields.info] ?? nullWord, label),
    paths: readPaths(view, slots[fields.paths], label),
    scripts,
    triggers: itemsOf(view, slots[fields.triggers]).map((item) => blobOf(view, item)?.toString('utf8') ?? ''),
    replacesPriority: intOf(view, slots[fields.replacesPriority] ?? nullWord),
  };
}

/** The fields under the names that .PKGINFO of version 2 has for them; lists with blanks between. */
function controlOf({ info, triggers, replacesPriority }: ApkPackageV3): ReadonlyMap<string, string> {
  const all: readonly (readonly [string, string])[] = [
    ['pkgname', info.name],
    ['pkgver', info.version],
    ['pkgdesc', info.description],
    ['url', info.url],
    ['builddate', digits(info.buildTime)],
    ['size', digits(info.installedSizeBytes)],
    ['arch', info.architecture],
    ['origin', info.origin],
    ['commit', info.commit],
    ['maintainer', info.maintainer],
    ['license', info.license],
    ['depend', info.depends.join(' ')],
    ['provides', info.provides.join(' ')],
    ['provider_priority', digits(info.providerPriority)],
    ['replaces', info.replaces.join(' ')],
    ['replaces_priority', digits(replacesPriority)],
    ['install_if', info.installIf.join(' ')],
    ['triggers', triggers.join(' ')],
  ];
  return new Map(all.filter(([, value]) => value !== ''));
}

function digits(value: number | undefined): string {
  return value === undefined ? '' : String(value);
}
