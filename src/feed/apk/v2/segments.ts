import { gunzipMembers, type GzipMember } from '../../../codec/gzip/gunzip-members.ts';
import { readTar, type TarEntry } from '../../../codec/tar/read-tar.ts';
import type { RsaSignature } from '../../../crypto/rsa.ts';
import { KilopyError } from '../../../errors/kilopy-error.ts';

/** The start of a file of apk version 2: its signatures, and where what they sign begins. */
export interface SignedStart {
  readonly signatures: readonly RsaSignature[];
  /** Offset of the first byte that is not of a signature segment. */
  readonly end: number;
}

/** A signature is some hundred bytes; its segment, with the headers of tar around it, a few kilobytes for each. */
const signatureLimitBytes = 2 ** 17;
const maxSignatureBytes = 2 ** 16;

/**
 * Reads the signature segments at the start of a package or index: gzip members whose files are called `.SIGN.*`, in one
 * member or several (apk-tools, extract_v2.c). A file without any has none and starts at 0.
 *
 * @throws KilopyError KP4001, KP4003 for damage
 */
export function readSignatures(bytes: Uint8Array, source: string): SignedStart {
  const signatures: RsaSignature[] = [];
  let end = 0;
  while (end < bytes.length) {
    const member = firstMember(bytes.subarray(end), end > 0);
    const entries = member === undefined ? undefined : signatureEntries(member.content, source);
    if (member === undefined || entries === undefined) break;
    for (const { header, body } of entries) {
      const { type = '', keyName = '' } =
        /^\.SIGN\.(?<type>[A-Z0-9]+)\.(?<keyName>.+)$/u.exec(header.path)?.groups ?? {};
      const hash = hashes[type];
      if (hash !== undefined && body.length <= maxSignatureBytes) signatures.push({ keyName, hash, bytes: body });
    }
    end += member.end;
  }
  return { signatures, end };
}

const hashes: Readonly<Record<string, RsaSignature['hash']>> = { RSA: 'sha1', RSA256: 'sha256', RSA512: 'sha512' };

/** Undefined when it is not a segment of signatures. */
function signatureEntries(content: Uint8Array, source: string): readonly TarEntry[] | undefined {
  const name = Buffer.from(content.subarray(0, 6)).toString('latin1');
  if (name !== '.SIGN.') return undefined;
  const entries = [...readTar(content, { source, endMarker: 'optional' })];
  return entries.every(({ header }) => header.path.startsWith('.SIGN.')) ? entries : undefined;
}

/**
 * What does not fit into the limit is no signature: the member behind them may be of any size. Nor is it one when it is
 * damaged: whoever checks the signatures says so.
 */
function firstMember(bytes: Uint8Array, isOptional: boolean): GzipMember | undefined {
  try {
    return gunzipMembers(bytes, { limitBytes: signatureLimitBytes }).next().value ?? undefined;
  } catch (error) {
    const code = error instanceof KilopyError ? error.code : undefined;
    if (code === 'KP4003' || (code === 'KP4001' && isOptional)) return undefined;
    throw error;
  }
}
