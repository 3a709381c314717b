import { trustAnyway, type Trusted } from '../../crypto/verdict.ts';
import type { FeedKey } from '../../crypto/public-keys.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Limits } from '../../io/limits.ts';
import type { Verdict } from '../../values/verified.ts';
import { parseApkIndex, type ApkIndexOrigin, type ApkIndexPackage } from './parse-index.ts';
import { readIndexV2, verifyIndexV2 } from './v2/index.ts';

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
  const form = formOf(bytes);
  if (form === 'v3') {
    const { readIndexV3 } = await import('./v3/index.ts');
    const { indexPackagesV3 } = await import('./v3/index-packages.ts');
    const index = await readIndexV3(bytes, trust, limits, origin.where);
    return { packages: indexPackagesV3(index, origin), verdict: index.verdict };
  }
  if (form === 'v2') {
    const { text, verdict } = readIndexV2(bytes, trust, limits, origin.where);
    return { packages: parseApkIndex(text, origin), verdict };
  }
  const { value, verdict } = trustText(bytes, trust, origin.where);
  return { packages: parseApkIndex(value, origin), verdict };
}

/** How an index is trusted, without reading it; undefined for the form whose signature cannot be had without reading. */
export function verifyApkIndex(bytes: Uint8Array, trust: ApkIndexTrust, where: string): Verdict | undefined {
  const form = formOf(bytes);
  if (form === 'v3') return undefined;
  return form === 'v2' ? verifyIndexV2(bytes, trust, where).verdict : trustText(bytes, trust, where).verdict;
}

function formOf(bytes: Uint8Array): 'v2' | 'v3' | 'text' {
  if (Buffer.from(bytes.subarray(0, 3)).toString('latin1') === 'ADB') return 'v3';
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? 'v2' : 'text';
}

function trustText(bytes: Uint8Array, trust: ApkIndexTrust, where: string): Trusted<string> {
  if (!('keys' in trust)) return trustAnyway(Buffer.from(bytes).toString('utf8'), trust.untrustedBecause);
  throw new KilopyError('KP5074', `${where} carries no signature`, {
    where,
    why: 'It is the bare text of an index; the signature is in APKINDEX.tar.gz.',
    fix: 'name APKINDEX.tar.gz or its folder, or add --allow-untrusted',
  });
}
