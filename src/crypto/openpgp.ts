import type { Signature } from 'openpgp';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Verdict, Verified } from '../values/verified.ts';
import { parseClearSigned } from './clear-signed.ts';
import { parseKeyring, type Keyring } from './keyring.ts';
import { judgeSignatures, type Judgement } from './signature-judgement.ts';
import { verifiedBySignature, type Trusted } from './verdict.ts';

/**
 * Checks clear-signed text, such as Debian's InRelease, which carries several signatures. As apt does it with gpgv, one
 * good signature of a trusted key suffices and signatures of unknown keys do not matter, but a wrong signature of a
 * trusted key condemns the whole. The text comes without what the signature does not cover: trailing blanks of lines.
 *
 * @param nowMs against which expiry of keys and signatures is checked; milliseconds since 1970
 * @param where URL or file, for messages
 * @throws KilopyError KP5001 no trusted key, KP5002 wrong, KP5003 expired, KP5004 unreadable, KP5007 from the future
 */
export async function verifyClearSigned(
  bytes: Uint8Array,
  keyring: Keyring,
  nowMs: number,
  where: string,
): Promise<{ readonly text: Verified<string>; readonly verdict: Verdict }> {
  const { text, armoredSignature } = parseClearSigned(bytes, where);
  const signature = await parseSignature(Buffer.from(armoredSignature), where);
  // Signed are the lines with CR LF between them and none at the end (RFC 9580, 7.1).
  const signed = Buffer.from(text.slice(0, -1).replaceAll('\n', '\r\n'));
  const judgements = await judge(signed, signature, keyring, nowMs);
  const { value, verdict } = decide(text, judgements, keyring, where);
  return { text: value, verdict };
}

/** Checks a signature that lies in a file of its own, armored or binary: `Release` and `Release.gpg`. Errors as above. */
export async function verifyDetached(
  bytes: Uint8Array,
  signatureBytes: Uint8Array,
  keyring: Keyring,
  nowMs: number,
  where: string,
): Promise<Trusted<Uint8Array>> {
  const signature = await parseSignature(signatureBytes, where);
  return decide(bytes, await judge(bytes, signature, keyring, nowMs), keyring, where);
}

async function judge(
  bytes: Uint8Array,
  signature: Signature,
  keyring: Keyring,
  nowMs: number,
): Promise<readonly Judgement[]> {
  const { createMessage, verify } = await import('openpgp');
  const verificationKeys = [...(await parseKeyring(keyring))];
  const message = await createMessage({ binary: bytes });
  const { signatures } = await verify({
    message,
    signature,
    verificationKeys,
    date: new Date(nowMs),
    format: 'binary',
  });
  return await judgeSignatures(signatures, verificationKeys, nowMs);
}

async function parseSignature(bytes: Uint8Array, where: string): Promise<Signature> {
  const { readSignature } = await import('openpgp');
  const text = Buffer.from(bytes).toString('latin1');
  try {
    return text.startsWith('-----BEGIN PGP SIGNATURE-----')
      ? await readSignature({ armoredSignature: text })
      : await readSignature({ binarySignature: bytes });
  } catch (error) {
    const why = error instanceof Error ? error.message : undefined;
    throw new KilopyError('KP5004', `The signature of ${where} cannot be read`, { where, why, cause: error });
  }
}

function decide<T>(value: T, judgements: readonly Judgement[], keyring: Keyring, where: string): Trusted<T> {
  const of = (kind: Judgement['kind']): Judgement | undefined => judgements.find((item) => item.kind === kind);
  const good = of('good');
  const fault = of('bad') ?? (good === undefined ? (of('expired') ?? of('future') ?? of('weak')) : undefined);
  if (fault !== undefined) throw faultError(fault, where);
  if (good === undefined) throw untrustedError(judgements, keyring, where);
  return verifiedBySignature(value, good.keyId, ownerOf(keyring, good.keyId));
}

function ownerOf(keyring: Keyring, fingerprint: string): string {
  return keyring.find((key) => key.fingerprint === fingerprint)?.owner ?? fingerprint;
}

const faults = {
  bad: ['KP5002', 'is wrong'],
  expired: ['KP5003', 'has expired'],
  future: ['KP5007', 'lies in the future'],
  weak: ['KP5002', 'is too weak'],
} as const;

function faultError(fault: Judgement, where: string): KilopyError {
  const [code, text] = faults[fault.kind as keyof typeof faults];
  return new KilopyError(code, `The signature of ${where} ${text}`, {
    where,
    why: `key ${fault.keyId}: ${fault.why}`,
    data: { keyId: fault.keyId },
  });
}

function untrustedError(judgements: readonly Judgement[], keyring: Keyring, where: string): KilopyError {
  const keyIds = judgements.map((item) => item.keyId);
  if (keyIds.length === 0) {
    return new KilopyError('KP5004', `${where} carries no signature`, { where, why: 'the signature block is empty' });
  }
  return new KilopyError('KP5001', `${where} is signed by a key that is not trusted`, {
    where,
    why: `signed by ${keyIds.join(', ')}; trusted are ${keyring.map((key) => key.fingerprint).join(', ') || 'no keys'}`,
    data: { keyIds, trusted: keyring.map((key) => key.fingerprint) },
  });
}
