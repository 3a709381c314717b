import { signMessage, type SigningKey } from '../../crypto/signing-key.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import { controlFile, gzipSegment } from './gzip-segment.ts';

/** Version 2 knows SHA-1 (every apk) and SHA-256 (apk-tools from 2.14 on). */
export type SegmentHash = 'sha1' | 'sha256';

const prefixes: Readonly<Record<SegmentHash, string>> = { sha1: '.SIGN.RSA.', sha256: '.SIGN.RSA256.' };

/**
 * The signature segment that stands in front of the segment it signs: one file for each key.
 *
 * @throws KilopyError KP5250 for a key that is not RSA
 */
export async function signSegment(
  signed: Uint8Array,
  keys: readonly SigningKey[],
  hash: SegmentHash,
  mtimeSeconds: number,
): Promise<Uint8Array> {
  const files = keys.map((key) => {
    const { name, type } = key.public;
    if (type !== 'rsa') {
      throw new KilopyError('KP5250', `${name} cannot sign packages of version 2`, {
        where: name,
        why: 'Version 2 of apk knows only RSA keys.',
        fix: 'make an RSA key with `kilopy feed key NAME`, or write only --format v3',
      });
    }
    return controlFile(`${prefixes[hash]}${name}`, signMessage(key, hash, signed), 0o644, mtimeSeconds);
  });
  return await gzipSegment(files, 'inner');
}
