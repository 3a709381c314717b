import { gunzipMembers } from '../../../codec/gzip/gunzip-members.ts';
import { readTar } from '../../../codec/tar/read-tar.ts';
import type { FeedKey } from '../../../crypto/public-keys.ts';
import { verifyRsa } from '../../../crypto/rsa.ts';
import { trustAnyway, type Trusted } from '../../../crypto/verdict.ts';
import { KilopyError } from '../../../errors/kilopy-error.ts';
import type { Limits } from '../../../io/limits.ts';
import type { Verdict, Verified } from '../../../values/verified.ts';
import { readSignatures } from './segments.ts';

/** An index of version 2, verified and not parsed yet. */
export interface ApkIndexText {
  readonly description: string;
  readonly text: Verified<string>;
  readonly verdict: Verdict;
}

/** Whose signature makes an index believed, or that the user waives it. */
type IndexTrust = { readonly keys: readonly FeedKey[] } | { readonly untrustedBecause: string };

/**
 * Verifies and unpacks APKINDEX.tar.gz. The signature is over everything behind the signature segments, and is checked
 * before any of it is decompressed.
 *
 * @throws KilopyError KP5001, KP5002 for its signature, KP5070 when it is no index, KP4xxx for damage
 */
export function readIndexV2(
  bytes: Uint8Array,
  trust: IndexTrust,
  limits: Pick<Limits, 'indexBytes'>,
  where: string,
): ApkIndexText {
  const { value, verdict } = verifyIndexV2(bytes, trust, where);
  const [member, ...others] = gunzipMembers(value, { limitBytes: limits.indexBytes });
  if (member === undefined || others.length > 0)
    throw notAnIndex(where, 'It is not one archive behind its signatures.');
  let description = '';
  for (const { header, body } of readTar(member.content, { source: where })) {
    if (header.path === 'DESCRIPTION') description = Buffer.from(body).toString('utf8').trim();
    if (header.path !== 'APKINDEX') continue;
    return { description, text: Buffer.from(body).toString('utf8') as Verified<string>, verdict };
  }
  throw notAnIndex(where, 'It has no APKINDEX.');
}

/** What the signatures of APKINDEX.tar.gz cover, still compressed. Throws KP5001 and KP5002. */
export function verifyIndexV2(bytes: Uint8Array, trust: IndexTrust, where: string): Trusted<Uint8Array> {
  const { signatures, end } = readSignatures(bytes, where);
  const rest = bytes.subarray(end);
  return 'keys' in trust ? verifyRsa(rest, signatures, trust.keys, where) : trustAnyway(rest, trust.untrustedBecause);
}

function notAnIndex(where: string, why: string): KilopyError {
  return new KilopyError('KP5070', 'The index of packages cannot be read', { where, why });
}
