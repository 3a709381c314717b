import { KilopyError } from '../errors/kilopy-error.ts';
import type { Digest } from '../values/digest.ts';
import type { Verdict, Verified } from '../values/verified.ts';
import { sha256 } from './digest.ts';

/** Content that may be parsed, and how it came to be trusted. */
export interface Trusted<T> {
  readonly value: Verified<T>;
  readonly verdict: Verdict;
}

/**
 * Marks content as checked by a signature. Only for the modules of `crypto/` that have just checked it.
 *
 * @param keyId fingerprint or name of the key
 * @param signer whose key it is, as a person reads it
 */
export function verifiedBySignature<T>(value: T, keyId: string, signer: string): Trusted<T> {
  return { value: value as Verified<T>, verdict: { kind: 'signature', keyId, signer } };
}

/**
 * Marks bytes as checked when they have the digest that something trusted gives for them; else throws KP5005.
 *
 * @param where URL or package, for the message
 */
export function verifiedByDigest(bytes: Uint8Array, digest: Digest, where?: string): Trusted<Uint8Array> {
  const actual = sha256(bytes);
  if (actual !== digest) {
    throw new KilopyError('KP5005', `${where ?? 'The content'} does not have the announced SHA-256`, {
      where,
      why: `announced ${digest}, found ${actual}`,
      data: { expected: digest, actual },
    });
  }
  return { value: bytes as Verified<Uint8Array>, verdict: { kind: 'digest', digest } };
}

/** Lets content pass unchecked because the user has said so. `why` shows in output and lock. */
export function trustAnyway<T>(value: T, why: string): Trusted<T> {
  return { value: value as Verified<T>, verdict: { kind: 'untrusted', why } };
}
