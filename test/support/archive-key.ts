import { createCleartextMessage, createMessage, generateKey, sign, type PrivateKey } from 'openpgp';

/** A key pair for signing a test archive. */
export interface ArchiveKey {
  /** What a user would name under `keys`. */
  readonly armoredPublic: string;
  /** 40 upper-case hexadecimal digits. */
  readonly fingerprint: string;
  readonly privateKey: PrivateKey;
}

/** Makes a key. One that has expired is made with a `createdMs` in the past and `expiresAfterSeconds`. */
export async function makeArchiveKey(
  options: { readonly createdMs?: number; readonly expiresAfterSeconds?: number } = {},
): Promise<ArchiveKey> {
  const { privateKey, publicKey } = await generateKey({
    type: 'ecc',
    curve: 'ed25519Legacy',
    userIDs: [{ name: 'Test Archive', email: 'archive@example.org' }],
    date: new Date(options.createdMs ?? Date.now() - 3_600_000),
    keyExpirationTime: options.expiresAfterSeconds ?? 0,
    format: 'object',
  });
  return {
    privateKey,
    armoredPublic: publicKey.armor(),
    fingerprint: publicKey.getFingerprint().toUpperCase(),
  };
}

/** Clear-signed text, as InRelease is. `dateMs` is the time of the signature. */
export async function clearSign(text: string, key: ArchiveKey, dateMs: number = Date.now() - 1000): Promise<string> {
  const message = await createCleartextMessage({ text });
  return await sign({ message, signingKeys: key.privateKey, date: new Date(dateMs) });
}

/** An armored signature for a file beside it, as Release.gpg is. */
export async function detachedSign(text: string, key: ArchiveKey, dateMs: number = Date.now() - 1000): Promise<string> {
  const message = await createMessage({ binary: Buffer.from(text) });
  return await sign({ message, signingKeys: key.privateKey, detached: true, date: new Date(dateMs) });
}
