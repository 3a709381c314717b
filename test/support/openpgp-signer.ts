import * as openpgp from 'openpgp';
import { readKeyring, type Keyring } from '../../src/crypto/keyring.ts';

/** A key made for one test run. */
export interface TestSigner {
  readonly keyring: Keyring;
  readonly publicKey: string;
  readonly binaryPublicKey: Uint8Array;
  /** As `gpg --clearsign` with all given keys. */
  clearSign(text: string, others?: readonly TestSigner[], at?: Date): Promise<string>;
  detached(bytes: Uint8Array, at?: Date): Promise<string>;
  readonly privateKey: openpgp.PrivateKey;
}

export interface SignerOptions {
  readonly name?: string;
  readonly type?: 'rsa' | 'curve25519' | 'ecc';
  readonly createdAt?: Date;
  readonly expiresInSeconds?: number;
}

/** A signer such as a repository has: sign-only, Ed25519 unless told otherwise, made a day ago. */
export async function makeSigner(options: SignerOptions = {}): Promise<TestSigner> {
  const {
    name = 'Test Archive',
    type = 'ecc',
    createdAt = new Date(Date.now() - 86_400_000),
    expiresInSeconds = 0,
  } = options;
  const { privateKey } = await openpgp.generateKey({
    userIDs: [{ name, email: 'archive@example.org' }],
    format: 'object',
    type,
    ...(type === 'ecc' ? { curve: 'ed25519Legacy' as const } : {}),
    ...(type === 'rsa' ? { rsaBits: 2048 } : {}),
    subkeys: [],
    date: createdAt,
    keyExpirationTime: expiresInSeconds,
  });
  const publicKey = privateKey.toPublic();
  const armored = publicKey.armor();
  return {
    privateKey,
    publicKey: armored,
    binaryPublicKey: publicKey.write(),
    keyring: await readKeyring(Buffer.from(armored), name),
    async clearSign(text, others = [], at = new Date(Date.now() - 1000)) {
      const message = await openpgp.createCleartextMessage({ text });
      const signingKeys = [privateKey, ...others.map((other) => other.privateKey)];
      return await openpgp.sign({ message, signingKeys, date: at });
    },
    async detached(bytes, at = new Date(Date.now() - 1000)) {
      const message = await openpgp.createMessage({ binary: bytes });
      return await openpgp.sign({ message, signingKeys: privateKey, detached: true, date: at });
    },
  };
}
