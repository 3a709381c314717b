import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { KilopyError } from '../errors/kilopy-error.ts';
import { verifiedBySignature, type Trusted } from './verdict.ts';

/**
 * OpenWrt's usign, which is OpenBSD's signify: Ed25519, as two lines of text, a comment and base64 of `Ed`, eight bytes
 * that name the key, and the key or signature itself (usign, ed25519 and main.c).
 */
export interface UsignKey {
  /** Name of its file. */
  readonly name: string;
  /** The eight bytes that name it, 16 hexadecimal digits: its file name in /etc/opkg/keys. */
  readonly id: string;
  readonly key: KeyObject;
}

/** A public key that kilopy carries. */
export interface KnownUsignKey {
  /** Its file name in /etc/opkg/keys: the eight bytes that name it. */
  readonly name: string;
  readonly signs: string;
  /** Where it was taken from. */
  readonly origin: string;
  readonly text: string;
}

/** A key that signs. */
export interface UsignSecretKey {
  readonly id: string;
  readonly key: KeyObject;
}

const publicBytes = 42;
const signatureBytes = 74;
/** `Ed`, `BK`, rounds of the key derivation (0: no password), salt, checksum, name, seed and public key. */
const secretBytes = 104;
/** DER around a bare Ed25519 key (RFC 8410). */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Reads a public key. Throws KP5101. */
export function readUsignKey(text: string, name: string): UsignKey {
  const bytes = decode(text, publicBytes);
  if (bytes === undefined) throw unreadable(name, 'public key');
  return {
    name,
    id: bytes.subarray(2, 10).toString('hex'),
    key: createPublicKey({ key: Buffer.concat([spkiPrefix, bytes.subarray(10)]), format: 'der', type: 'spki' }),
  };
}

/** Reads a secret key without a password. Throws KP5101. */
export function readUsignSecretKey(text: string, name: string): UsignSecretKey {
  const bytes = decode(text, secretBytes);
  if (bytes === undefined || bytes.readUInt32BE(4) !== 0) throw unreadable(name, 'secret key without a password');
  const seed = bytes.subarray(40, 72);
  return {
    id: bytes.subarray(32, 40).toString('hex'),
    key: createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: 'der', type: 'pkcs8' }),
  };
}

/**
 * Verifies a signature of `Packages` (its text, not its compressed form).
 *
 * @throws KilopyError KP5001 for a key that is not among them, KP5002 for a wrong signature, KP5101 for none
 */
export function verifyUsign(
  message: Uint8Array,
  signature: string,
  keys: readonly UsignKey[],
  where: string,
): Trusted<Uint8Array> {
  const bytes = decode(signature, signatureBytes);
  if (bytes === undefined) throw unreadable(where, 'signature');
  const id = bytes.subarray(2, 10).toString('hex');
  const known = keys.filter((key) => key.id === id);
  if (known.length === 0) {
    throw new KilopyError('KP5001', `${where} is signed by a key that is not trusted here`, {
      where,
      why: `It is signed by ${id}${keys.length === 0 ? '; no key is known' : `, trusted are ${keys.map((key) => key.id).join(', ')}`}.`,
      fix: 'name the file with that key (keys in kilopy.yaml, else --keys; images of OpenWrt have it as /etc/opkg/keys/NUMBER), or allow the feed without',
      data: { keyId: id, trusted: keys.map((key) => key.id) },
    });
  }
  const good = known.find(({ key }) => verify(null, message, key, bytes.subarray(10)));
  if (good !== undefined) return verifiedBySignature(message, id, good.name);
  const isOdd = needsPadding(message.length);
  throw new KilopyError('KP5002', `The signature of ${where} is wrong`, {
    where,
    why: isOdd
      ? 'Text of exactly this length is signed wrongly by old versions of usign; OpenWrt adds empty lines against it.'
      : undefined,
    data: { keyId: id },
  });
}

/** A signature file. */
export function signUsign(message: Uint8Array, { id, key }: UsignSecretKey): string {
  const bytes = Buffer.concat([Buffer.from('Ed'), Buffer.from(id, 'hex'), sign(null, message, key)]);
  return `untrusted comment: signed by key ${id}\n${bytes.toString('base64')}\n`;
}

/** The text of a secret key file, without a password. */
export function formatUsignSecretKey({ id, key }: UsignSecretKey, comment: string): string {
  const seed = key.export({ type: 'pkcs8', format: 'der' }).subarray(pkcs8Prefix.length);
  const bare = createPublicKey(key).export({ type: 'spki', format: 'der' }).subarray(spkiPrefix.length);
  const secret = Buffer.concat([seed, bare]);
  const checksum = createHash('sha512').update(secret).digest().subarray(0, 8);
  const head = Buffer.concat([
    Buffer.from('EdBK'),
    Buffer.alloc(4),
    Buffer.alloc(16),
    checksum,
    Buffer.from(id, 'hex'),
  ]);
  return `untrusted comment: ${comment}\n${Buffer.concat([head, secret]).toString('base64')}\n`;
}

/** The text of a public key file. */
export function formatUsignKey({ id, key }: Pick<UsignKey, 'id' | 'key'>, comment: string): string {
  const bare = createPublicKey(key).export({ type: 'spki', format: 'der' }).subarray(spkiPrefix.length);
  const bytes = Buffer.concat([Buffer.from('Ed'), Buffer.from(id, 'hex'), bare]);
  return `untrusted comment: ${comment}\n${bytes.toString('base64')}\n`;
}

/**
 * Old versions of usign compute SHA-512 wrongly for messages of certain lengths; two empty lines at the end of an index
 * go past them (OpenWrt, package/Makefile).
 */
export function needsPadding(sizeBytes: number): boolean {
  const rest = (64 + sizeBytes) % 128;
  return rest === 110 || rest === 111;
}

/** The second line; some files lack the first word of the first, and a line feed at the end. */
function decode(text: string, sizeBytes: number): Buffer | undefined {
  const line = text.split('\n')[1]?.trim() ?? '';
  if (!/^[A-Za-z0-9+/]+=*$/u.test(line)) return undefined;
  const bytes = Buffer.from(line, 'base64');
  return bytes.length === sizeBytes && bytes.toString('latin1', 0, 2) === 'Ed' ? bytes : undefined;
}

function unreadable(where: string, what: string): KilopyError {
  return new KilopyError('KP5101', `${where} is no ${what} of usign`, {
    where,
    why: 'It should have two lines, a comment and a line of base64 that starts with RW.',
  });
}
