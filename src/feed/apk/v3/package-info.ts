import { dependencyText } from '../../../codec/adb/adb-dependency.ts';
import { adbFields } from '../../../codec/adb/adb-schema.ts';
import {
  blobOf,
  intOf,
  itemsOf,
  nullWord,
  slotsOf,
  textOf,
  type AdbView,
  type AdbWord,
} from '../../../codec/adb/adb-view.ts';
import { KilopyError } from '../../../errors/kilopy-error.ts';

/** What an apk package says of itself, in a package or in an index. Relations are text as apk writes it: `so:libc>=1`. */
export interface ApkPackageInfo {
  readonly name: string;
  /** '' in an index where the tool that made it did not understand the version. */
  readonly version: string;
  readonly architecture: string;
  readonly description: string;
  readonly license: string;
  readonly origin: string;
  readonly maintainer: string;
  readonly url: string;
  /** Hexadecimal digits; '' when absent. */
  readonly commit: string;
  /** Seconds since 1970. */
  readonly buildTime: number | undefined;
  readonly installedSizeBytes: number;
  /** In an index: size of the package file. */
  readonly fileSizeBytes: number;
  readonly providerPriority: number | undefined;
  readonly depends: readonly string[];
  readonly provides: readonly string[];
  readonly replaces: readonly string[];
  readonly installIf: readonly string[];
  readonly tags: readonly string[];
  /** In an index: SHA-256 of the package's database block. In a package: its unique id of 20 bytes. */
  readonly hash: Uint8Array;
}

/**
 * Reads a `pkginfo` object.
 *
 * @param relationText for an index, where the same relations stand thousands of times
 * @throws KilopyError KP5252 without a name, KP4001 for what is outside of the database
 */
export function readPackageInfo(
  view: AdbView,
  word: AdbWord,
  label: string,
  relationText: (word: AdbWord) => string = (item) => dependencyText(view, item),
): ApkPackageInfo {
  const slots = slotsOf(view, word);
  const fields = adbFields.info;
  const text = (field: number): string => textOf(view, slots[field]) ?? '';
  const number = (field: number): number | undefined => intOf(view, slots[field] ?? nullWord);
  const relations = (field: number): string[] => itemsOf(view, slots[field]).map((item) => relationText(item));
  const info: ApkPackageInfo = {
    name: text(fields.name),
    version: text(fields.version),
    architecture: text(fields.arch),
    description: text(fields.description),
    license: text(fields.license),
    origin: text(fields.origin),
    maintainer: text(fields.maintainer),
    url: text(fields.url),
    commit: blobOf(view, slots[fields.repoCommit] ?? nullWord)?.toString('hex') ?? '',
    buildTime: number(fields.buildTime),
    installedSizeBytes: number(fields.installedSize) ?? 0,
    fileSizeBytes: number(fields.fileSize) ?? 0,
    providerPriority: number(fields.providerPriority),
    depends: relations(fields.depends),
    provides: relations(fields.provides),
    replaces: relations(fields.replaces),
    installIf: relations(fields.installIf),
    tags: itemsOf(view, slots[fields.tags]).map((item) => textOf(view, item) ?? ''),
    hash: new Uint8Array(blobOf(view, slots[fields.hashes] ?? nullWord) ?? []),
  };
  if (info.name === '') throw new KilopyError('KP5252', `${label} has a package without a name`, { where: label });
  return info;
}
