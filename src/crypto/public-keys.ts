import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { KilopyError } from '../errors/kilopy-error.ts';

/** A public key of an apk feed. */
export interface FeedKey {
  /** Name of its file: what version 2 signatures call it. */
  readonly name: string;
  readonly type: 'rsa' | 'ec';
  /** What version 3 signatures call it: 32 hexadecimal digits. */
  readonly id: string;
  /** SHA-256 of the DER form, as `openssl pkey -pubin -outform DER | sha256sum` gives it. */
  readonly fingerprint: string;
  readonly key: KeyObject;
}

/**
 * Reads a public key in PEM: RSA, or EC on P-256.
 *
 * @param name name of the file, without its folder
 * @throws KilopyError KP5250 for anything else
 */
export function readPublicKey(pem: Uint8Array | string, name: string): FeedKey {
  const text = Buffer.from(pem).toString('latin1');
  // createPublicKey would also take a private key or a certificate.
  if (!/^-----BEGIN (?:RSA )?PUBLIC KEY-----/mu.test(text)) throw unreadableKey(name, 'It has no PEM public key.');
  try {
    return describeKey(createPublicKey(text), name);
  } catch (error) {
    if (error instanceof KilopyError) throw error;
    throw unreadableKey(name, 'Its PEM block is damaged.', error);
  }
}

/** @throws KilopyError KP5250 for a key that apk cannot use */
export function describeKey(key: KeyObject, name: string): FeedKey {
  const type = key.asymmetricKeyType;
  if (type !== 'rsa' && !(type === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1')) {
    throw unreadableKey(name, `It is a key of type ${type ?? 'unknown'}; apk takes RSA and EC on P-256.`);
  }
  // Of the many keys of a distribution few sign: what names a key is worked out when it is asked for.
  let id: string | undefined;
  let fingerprint: string | undefined;
  return {
    name,
    type,
    get id() {
      return (id ??= createHash('sha512').update(bareKey(key)).digest('hex').slice(0, 32));
    },
    get fingerprint() {
      return (fingerprint ??= createHash('sha256')
        .update(key.export({ type: 'spki', format: 'der' }))
        .digest('hex'));
    },
    key,
  };
}

export function unreadableKey(name: string, why: string, cause?: unknown): KilopyError {
  return new KilopyError('KP5250', `${name} is not a key that apk can use`, { where: name, why, cause });
}

/** What OpenSSL's i2d_PublicKey gives: PKCS #1 for RSA, the uncompressed point for EC. */
function bareKey(key: KeyObject): Uint8Array {
  if (key.asymmetricKeyType === 'rsa') return key.export({ type: 'pkcs1', format: 'der' });
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  return Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
}
