import type { PublicKey, VerifyMessageResult } from 'openpgp';

/** What one signature is worth. `keyId` is the fingerprint of the primary key, or the key id where the key is unknown. */
export interface Judgement {
  readonly kind: 'good' | 'bad' | 'expired' | 'future' | 'weak' | 'unknown';
  readonly keyId: string;
  readonly why: string;
}

type Results = VerifyMessageResult['signatures'];

/** Judges every signature against the keys. What the library refuses for a reason not known here counts as bad. */
export async function judgeSignatures(
  results: Results,
  keys: readonly PublicKey[],
  nowMs: number,
): Promise<readonly Judgement[]> {
  return await Promise.all(results.map((result) => judge(result, keys, nowMs)));
}

async function judge(result: Results[number], keys: readonly PublicKey[], nowMs: number): Promise<Judgement> {
  const key = keys.find((candidate) => candidate.getKeys(result.keyID).length > 0);
  if (key === undefined) return { kind: 'unknown', keyId: result.keyID.toHex().toUpperCase(), why: 'not trusted' };
  const keyId = key.getFingerprint().toUpperCase();
  try {
    await result.verified;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { kind: kindOf(why), keyId, why };
  }
  const fault = await keyFault(key, result, nowMs);
  return fault === undefined ? { kind: 'good', keyId, why: '' } : { kind: 'expired', keyId, why: fault };
}

function kindOf(message: string): Judgement['kind'] {
  if (/in the future/u.test(message)) return 'future';
  if (/expired|revoked/u.test(message)) return 'expired';
  if (message.startsWith('Insecure')) return 'weak';
  return 'bad';
}

/** The library asks whether the key was valid when it signed; gpgv and apt also ask whether it is valid now. */
async function keyFault(key: PublicKey, result: Results[number], nowMs: number): Promise<string | undefined> {
  const now = new Date(nowMs);
  if (await key.isRevoked(undefined, undefined, now)) return 'the key has been revoked';
  const signing = key.getKeys(result.keyID)[0] ?? key;
  for (const part of [key, signing]) {
    const expires = await part.getExpirationTime();
    if (expires instanceof Date && expires.getTime() <= nowMs) {
      return `the key expired on ${expires.toISOString().slice(0, 10)}`;
    }
  }
  return undefined;
}
