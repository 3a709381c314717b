import { verify } from 'node:crypto';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { FeedKey } from './public-keys.ts';
import { verifiedBySignature, type Trusted } from './verdict.ts';

/** A signature of apk version 2, and what its file name says of it. */
export interface RsaSignature {
  /** Name of the public key's file. */
  readonly keyName: string;
  readonly hash: 'sha1' | 'sha256' | 'sha512';
  readonly bytes: Uint8Array;
}

/**
 * Checks RSA signatures (PKCS #1 v1.5) of one message. One good signature of a trusted key suffices, whatever the others
 * are. The name only says which key to try first: a trusted key may lie in a file of another name.
 *
 * @throws KilopyError KP5001 when no trusted key has signed, KP5002 when one is named and its signature is wrong
 */
export function verifyRsa(
  message: Uint8Array,
  signatures: readonly RsaSignature[],
  keys: readonly FeedKey[],
  where: string,
): Trusted<Uint8Array> {
  const rsaKeys = keys.filter(({ type }) => type === 'rsa');
  for (const signature of signatures) {
    const candidates = rsaKeys.toSorted((a, b) => rank(a, signature) - rank(b, signature));
    const key = candidates.find((one) => verify(signature.hash, message, one.key, signature.bytes));
    if (key !== undefined) return verifiedBySignature(message, key.fingerprint, key.name);
  }
  throw refusal(signatures, keys, where);
}

function rank(key: FeedKey, signature: RsaSignature): number {
  return key.name === signature.keyName ? 0 : 1;
}

function refusal(signatures: readonly RsaSignature[], keys: readonly FeedKey[], where: string): KilopyError {
  const names = signatures.map(({ keyName }) => keyName);
  const known = keys.find(({ name }) => names.includes(name));
  if (known !== undefined) {
    return new KilopyError('KP5002', `The signature of ${where} is wrong`, {
      where,
      why: `key ${known.name}: the content was changed after it was signed`,
      data: { keyId: known.fingerprint },
    });
  }
  return new KilopyError('KP5001', `${where} is not signed by a key that is trusted`, {
    where,
    why: `signed by ${names.join(', ') || 'nobody'}; trusted are ${keys.map(({ name }) => name).join(', ') || 'no keys'}`,
    data: { keyIds: names, trusted: keys.map(({ name }) => name) },
  });
}
