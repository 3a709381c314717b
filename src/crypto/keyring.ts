import type { PublicKey } from 'openpgp';
import { KilopyError } from '../errors/kilopy-error.ts';

/** A public OpenPGP key that a feed may be signed with. */
interface TrustedKey {
  /** 40 upper-case hexadecimal digits of the primary key. */
  readonly fingerprint: string;
  /** Whose it is: the user identity, or what a person called it. */
  readonly owner: string;
  /** Where it was taken from: package and version, or the file of the user. */
  readonly origin: string;
  readonly armored: string;
}

export type Keyring = readonly TrustedKey[];

/**
 * Reads keys that a user gives: armored or binary, one or several in a file.
 *
 * @param origin file name, for messages
 * @throws KilopyError KP5006 when there is no public key in it
 */
export async function readKeyring(bytes: Uint8Array, origin: string): Promise<Keyring> {
  const { readKeys } = await import('openpgp');
  const text = Buffer.from(bytes).toString('latin1');
  let keys: PublicKey[];
  try {
    const read = text.includes('-----BEGIN PGP')
      ? await readKeys({ armoredKeys: text })
      : await readKeys({ binaryKeys: bytes });
    keys = read.map((key) => key.toPublic());
  } catch (error) {
    throw unreadable(origin, error);
  }
  if (keys.length === 0) throw unreadable(origin, undefined);
  return keys.map((key) => ({
    fingerprint: key.getFingerprint().toUpperCase(),
    owner: key.getUserIDs()[0] ?? 'no name',
    origin,
    armored: key.armor(),
  }));
}

/** The keys in the form of the library. A key whose fingerprint is not the one written beside it is a KP5006. */
export async function parseKeyring(keyring: Keyring): Promise<readonly PublicKey[]> {
  const { readKey } = await import('openpgp');
  return await Promise.all(
    keyring.map(async (trusted) => {
      const key = await readKey({ armoredKey: trusted.armored }).catch((error: unknown) => {
        throw unreadable(trusted.origin, error);
      });
      if (key.getFingerprint().toUpperCase() !== trusted.fingerprint) throw unreadable(trusted.origin, undefined);
      return key;
    }),
  );
}

function unreadable(origin: string, cause: unknown): KilopyError {
  return new KilopyError('KP5006', `${origin} does not hold an OpenPGP public key`, {
    where: origin,
    why: cause instanceof Error ? cause.message : undefined,
    cause,
  });
}
