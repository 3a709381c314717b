import { createHash, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { signEcdsa } from './ecdsa.ts';
import { describeKey, unreadableKey, type FeedKey } from './public-keys.ts';

/** A private key that signs packages and indexes of apk. */
export interface SigningKey {
  /** Its public half; `name` is the one that a reader has to have the key under. */
  readonly public: FeedKey;
  readonly private: KeyObject;
}

export type SigningHash = 'sha1' | 'sha256' | 'sha512';

/**
 * Reads a private key in PEM: RSA, or EC on P-256.
 *
 * @param name name of the file of the public key, such as `me.rsa.pub`
 * @throws KilopyError KP5250
 */
export function readSigningKey(pem: Uint8Array | string, name: string): SigningKey {
  const text = Buffer.from(pem).toString('latin1');
  if (text.includes('ENCRYPTED')) throw unreadableKey(name, 'It is protected by a passphrase.');
  let key: KeyObject;
  try {
    key = createPrivateKey(text);
  } catch (error) {
    throw unreadableKey(name, 'It has no PEM private key.', error);
  }
  return { public: describeKey(createPublicKey(key), name), private: key };
}

/**
 * Signs: PKCS #1 v1.5 with RSA, ECDSA in DER with EC. The same message always gives the same bytes, so ECDSA takes its
 * number from the message (RFC 6979) and not from chance.
 */
export function signMessage(key: SigningKey, hash: SigningHash, message: Uint8Array): Uint8Array {
  if (key.public.type === 'rsa') return sign(hash, message, key.private);
  const { d = '' } = key.private.export({ format: 'jwk' });
  return signEcdsa(Buffer.from(d, 'base64url'), hash, createHash(hash).update(message).digest());
}
