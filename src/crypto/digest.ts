import { createHash, type Hash } from 'node:crypto';
import type { Digest } from '../values/digest.ts';

/** The address of bytes: SHA-256 as OCI writes it. */
export function sha256(bytes: Uint8Array | string): Digest {
  return digestOfHex(createHash('sha256').update(bytes).digest('hex'));
}

/** SHA-256 of content that comes in pieces, with its length so far. */
export interface Hasher {
  update(chunk: Uint8Array): void;
  readonly sizeBytes: number;
  /** The digest of everything so far. Further updates may follow. */
  digest(): Digest;
}

export function createHasher(): Hasher {
  const hash: Hash = createHash('sha256');
  let sizeBytes = 0;
  return {
    update(chunk) {
      hash.update(chunk);
      sizeBytes += chunk.length;
    },
    get sizeBytes() {
      return sizeBytes;
    },
    digest: () => digestOfHex(hash.copy().digest('hex')),
  };
}

const hexPattern = /^[0-9a-f]{64}$/u;

/** The 64 hexadecimal digits of a digest. */
export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

/** A digest from 64 lower-case hexadecimal digits. Throws a TypeError for anything else: check input with isDigest. */
export function digestOfHex(hex: string): Digest {
  if (!hexPattern.test(hex)) throw new TypeError(`not a SHA-256: ${hex}`);
  return `sha256:${hex}`;
}

export function isDigest(text: string): text is Digest {
  return text.startsWith('sha256:') && hexPattern.test(text.slice('sha256:'.length));
}
