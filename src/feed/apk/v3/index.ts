import { dependencyText } from '../../../codec/adb/adb-dependency.ts';
import { schemas } from '../../../codec/adb/adb-format.ts';
import { adbFields } from '../../../codec/adb/adb-schema.ts';
import { itemsOf, rootWord, slotsOf, textOf, viewAdb, type AdbWord } from '../../../codec/adb/adb-view.ts';
import { readAdb } from '../../../codec/adb/read-adb.ts';
import { verifyAdb } from '../../../crypto/adb-signature.ts';
import type { FeedKey } from '../../../crypto/public-keys.ts';
import { trustAnyway, type Trusted } from '../../../crypto/verdict.ts';
import { KilopyError } from '../../../errors/kilopy-error.ts';
import type { Limits } from '../../../io/limits.ts';
import type { Verdict, Verified } from '../../../values/verified.ts';
import { readPackageInfo, type ApkPackageInfo } from './package-info.ts';

/** An index of version 3 (`Packages.adb`, `packages.adb`). */
export interface ApkIndexV3 {
  readonly description: string;
  readonly packages: readonly ApkPackageInfo[];
  /** Where packages are, when the index says so: `${name:1}/${name}-${version}.apk` below the repository, or a URL. */
  readonly nameSpec: string | undefined;
  readonly verdict: Verdict;
}

/** Whose signature makes an index believed, or that the user waives it. */
export type IndexTrust = { readonly keys: readonly FeedKey[] } | { readonly untrustedBecause: string };

/**
 * Verifies and reads an index of version 3.
 *
 * @throws KilopyError KP5001, KP5002 for its signature, KP4xxx for damage, KP5252 when it is not an index
 */
export async function readIndexV3(
  bytes: Uint8Array,
  trust: IndexTrust,
  limits: Pick<Limits, 'indexBytes'>,
  where: string,
): Promise<ApkIndexV3> {
  const file = await readAdb(once(bytes), { databaseBytes: limits.indexBytes, totalBytes: limits.indexBytes });
  await file.close();
  if (file.schema !== schemas.index) throw new KilopyError('KP5252', `${where} is no index of apk packages`, { where });
  const trusted: Trusted<Uint8Array> =
    'keys' in trust ? verifyAdb(file, trust.keys, where) : trustAnyway(file.database, trust.untrustedBecause);
  return { ...parseIndex(trusted.value, where), verdict: trusted.verdict };
}

function parseIndex(database: Verified<Uint8Array>, where: string): Omit<ApkIndexV3, 'verdict'> {
  const view = viewAdb(database);
  const slots = slotsOf(view, rootWord(view));
  const fields = adbFields.index;
  const text = (field: number): string | undefined => textOf(view, slots[field]);
  // Equal relations are one value of the database.
  const known = new Map<AdbWord, string>();
  const relationText = (word: AdbWord): string => {
    const found = known.get(word) ?? dependencyText(view, word);
    known.set(word, found);
    return found;
  };
  return {
    description: text(fields.description) ?? '',
    packages: itemsOf(view, slots[fields.packages]).map((item) => readPackageInfo(view, item, where, relationText)),
    nameSpec: text(fields.pkgnameSpec),
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
