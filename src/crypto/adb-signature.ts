import { createHash, verify } from 'node:crypto';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { FeedKey } from './public-keys.ts';
import { signMessage, type SigningKey } from './signing-key.ts';
import { digestOfHex } from './digest.ts';
import { verifiedByDigest, verifiedBySignature, type Trusted } from './verdict.ts';

/** apk's numbers of the hashes that may stand for the database in a signature. */
const hashes: ReadonlyMap<number, { readonly name: string; readonly bytes: number }> = new Map([
  [3, { name: 'sha256', bytes: 32 }],
  [4, { name: 'sha512', bytes: 64 }],
  [5, { name: 'sha256', bytes: 20 }],
]);

/** Signature version and hash number, one byte each, and the key id. */
const headerBytes = 18;

/** One signature block of an ADB file (codec/adb/read-adb.ts). */
interface SignatureBlock {
  readonly version: number;
  readonly hash: number;
  readonly keyId: string;
  readonly bytes: Uint8Array;
}

/**
 * Checks the signatures of an apk file of version 3. As in apk, one good signature of a trusted key suffices, whatever
 * the others are.
 *
 * @param file schema and database block
 * @throws KilopyError KP5001 when no trusted key has signed, KP5002 when one has and its signature is wrong
 */
export function verifyAdb(
  file: { readonly schema: number; readonly database: Uint8Array; readonly signatures: readonly SignatureBlock[] },
  keys: readonly FeedKey[],
  where: string,
): Trusted<Uint8Array> {
  for (const signature of file.signatures) {
    const key = keys.find((one) => isSignedBy(file.schema, file.database, signature, one));
    if (key !== undefined) return verifiedBySignature(file.database, key.id, key.name);
  }
  throw refusal(file.signatures, keys, where);
}

/**
 * Checks a package against the hash that a trusted index gives for it, which is of its database; packages need no
 * signature then. Its contents are bound by the hashes of its files.
 *
 * @param sha256 32 bytes, or the first 20 of them, as an index made with `--hash sha256-160` has them
 * @throws KilopyError KP5005
 */
export function verifyAdbHash(database: Uint8Array, sha256: Uint8Array, where: string): Trusted<Uint8Array> {
  const actual = createHash('sha256').update(database).digest();
  const expected = sha256.length === 20 ? Buffer.concat([sha256, actual.subarray(20)]) : Buffer.from(sha256);
  return verifiedByDigest(database, digestOfHex(expected.toString('hex')), where);
}

/** Whether this key made this signature over this database. */
export function isSignedBy(schema: number, database: Uint8Array, signature: SignatureBlock, key: FeedKey): boolean {
  if (signature.version !== 0 || signature.keyId !== key.id) return false;
  const message = signedMessage(schema, database, signature);
  if (message === undefined) return false;
  try {
    return verify('sha512', message, key.key, signature.bytes.subarray(headerBytes));
  } catch {
    // OpenSSL throws for some signatures that are no DER at all.
    return false;
  }
}

/** Schema, header of the signature, hash of the database: adb_digest_v0_signature of apk-tools. */
function signedMessage(
  schema: number,
  database: Uint8Array,
  signature: { readonly hash: number; readonly bytes: Uint8Array },
): Uint8Array | undefined {
  const hash = hashes.get(signature.hash);
  if (hash === undefined) return undefined;
  const start = Buffer.alloc(4);
  start.writeUInt32LE(schema, 0);
  const digest = createHash(hash.name).update(database).digest().subarray(0, hash.bytes);
  return Buffer.concat([start, signature.bytes.subarray(0, headerBytes), digest]);
}

function refusal(signatures: readonly SignatureBlock[], keys: readonly FeedKey[], where: string): KilopyError {
  const keyIds = signatures.map(({ keyId }) => keyId);
  const known = keys.find(({ id }) => keyIds.includes(id));
  if (known !== undefined) {
    return new KilopyError('KP5002', `The signature of ${where} is wrong`, {
      where,
      why: `key ${known.name}: the content was changed after it was signed`,
      data: { keyId: known.id },
    });
  }
  const trusted = keys.map(({ id, name }) => `${id} (${name})`).join(', ');
  return new KilopyError('KP5001', `${where} is not signed by a key that is trusted`, {
    where,
    why: `signed by ${keyIds.join(', ') || 'nobody'}; trusted are ${trusted || 'no keys'}`,
    data: { keyIds, trusted: keys.map(({ id }) => id) },
  });
}

/** apk's number of SHA-512, the one hash that it signs with. */
const signingHash = 4;

/** A signature block for the database: header, key id, signature. */
export function signAdb(schema: number, database: Uint8Array, key: SigningKey): Uint8Array {
  const header = Buffer.concat([Buffer.of(0, signingHash), Buffer.from(key.public.id, 'hex')]);
  const message = signedMessage(schema, database, { hash: signingHash, bytes: header });
  if (message === undefined) throw new Error('SHA-512 is not among the hashes');
  return Buffer.concat([header, signMessage(key, 'sha512', message)]);
}
