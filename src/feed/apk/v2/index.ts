import { gunzipMembers } from '../../../codec/gzip/gunzip-members.ts';
import { readTar } from '../../../codec/tar/read-tar.ts';
import type { FeedKey } from '../../../crypto/public-keys.ts';
import { verifyRsa } from '../../../crypto/rsa.ts';
import { trustAnyway } from '../../../crypto/verdict.ts';
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

/**
 * Verifies and unpacks APKINDEX.tar.gz. The signature is over everything behind the signature segments, and is checked
 * before any of it is decompressed.
 *
 * @throws KilopyError KP5001, KP5002 for its signature, KP5070 when it is no index, KP4xxx for damage
 */
export function readIndexV2(
  bytes: Uint8Array,
  trust: { readonly keys: readonly FeedKey[] } | { readonly untrustedBecause: string },
  limits: Pick<Limits, 'indexBytes'>,
  where: string,
): ApkIndexText {
  const { signatures, end } = readSignatures(bytes, where);
  const rest = bytes.subarray(end);
  const { value, verdict } =
    'keys' in trust ? verifyRsa(rest, signatures, trust.keys, where) : trustAnyway(rest, trust.untrustedBecause);
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

function notAnIndex(where: string, why: string): KilopyError {
  return new KilopyError('KP5070', 'The index of packages cannot be read', { where, why });
}
