import { readPublicKey, type FeedKey } from './public-keys.ts';

/** A public key that kilopy carries, so that a distribution verifies on any host. */
export interface KnownKey {
  /** Name of its file in /etc/apk/keys. */
  readonly name: string;
  /** SHA-256 of the DER form. */
  readonly fingerprint: string;
  /** What it signs for, in apk's names. Empty: nothing any more. */
  readonly architectures: readonly string[];
  /** Where it was taken from. */
  readonly origin: string;
  readonly pem: string;
}

/** The keys of a distribution for one architecture. */
export function knownKeys(keys: readonly KnownKey[], architecture: string): readonly FeedKey[] {
  return keys
    .filter(({ architectures }) => architectures.includes(architecture))
    .map(({ name, pem }) => readPublicKey(pem, name));
}
