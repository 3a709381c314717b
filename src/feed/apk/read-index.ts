import { trustAnyway } from '../../crypto/verdict.ts';
import type { FeedKey } from '../../crypto/public-keys.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Limits } from '../../io/limits.ts';
import type { Verdict } from '../../values/verified.ts';
import { parseApkIndex, type ApkIndexOrigin, type ApkIndexPackage } from './parse-index.ts';
import { readIndexV2 } from './v2/index.ts';

/** Whose signature makes an index believed, or that the user waives it. */
export type ApkIndexTrust = { readonly keys: readonly FeedKey[] } | { readonly untrustedBecause: string };

export interface ReadApkIndex {
  readonly packages: readonly ApkIndexPackage[];
  readonly verdict: Verdict;
}

/**
 * Verifies and reads an index of any form: APKINDEX.tar.gz, a database of version 3, or the bare text of an APKINDEX,
 * which carries no signature.
 *
 * @throws KilopyError KP5001, KP5002 for its signature, KP5070 when it is no index, KP5074 for bare text without waiver
 */
export async function readApkIndex(
  bytes: Uint8Array,
  trust: ApkIndexTrust,
  limits: Pick<Limits, 'indexBytes'>,
  origin: ApkIndexOrigin,
): Promise<ReadApkIndex> {
  const start = Buffer.from(bytes.subarray(0, 3)).toString('latin1');
  if (start === 'ADB') {
    const { readIndexV3 } = await import('./v3/index.ts');
    const { indexPackagesV3 } = await import('./v3/index-packages.ts');
    const index = await readIndexV3(bytes, trust, limits, origin.where);
    return { packages: indexPackagesV3(index, origin), verdict: index.verdict };
  }
  if (start.startsWith('\x1F\x8B')) {
    const { text, verdict } = readIndexV2(bytes, trust, limits, origin.where);
    return { packages: parseApkIndex(text, origin), verdict };
  }
  if ('keys' in trust) {
    throw new KilopyError('KP5074', `${origin.where} carries no signature`, {
      where: origin.where,
      why: 'It is the bare text of an index; the signature is in APKINDEX.tar.gz.',
      fix: 'name APKINDEX.tar.gz or its folder, or add --allow-untrusted',
    });
  }
  const { value, verdict } = trustAnyway(Buffer.from(bytes).toString('utf8'), trust.untrustedBecause);
  return { packages: parseApkIndex(value, origin), verdict };
}
