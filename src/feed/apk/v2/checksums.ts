import { createHash } from 'node:crypto';
import type { TarStreamEntry } from '../../../codec/tar/read-tar-stream.ts';
import type { PaxRecords } from '../../../codec/tar/tar-header.ts';
import { encodePath } from '../../../codec/path-text.ts';
import { KilopyError } from '../../../errors/kilopy-error.ts';

/** Keywords of the PAX records that apk (SHA1) and newer tools write for files and symbolic links. */
const keywords = { 'APK-TOOLS.checksum.SHA1': 'sha1', 'APK-TOOLS.checksum.SHA256': 'sha256' } as const;

/**
 * Passes an archive on and compares each content with its checksum on the way: of a file its bytes, of a symbolic link
 * its target. Throws KP5072 when the last piece of a content has been read and it does not match.
 */
export async function* withChecksums(
  entries: AsyncIterable<TarStreamEntry>,
  label: string,
): AsyncGenerator<TarStreamEntry, void> {
  for await (const entry of entries) {
    const { header, pax, body } = entry;
    const expected = checksumOf(pax);
    if (expected === undefined || (header.type !== 'file' && header.type !== 'symlink')) {
      yield entry;
    } else if (header.type === 'file') {
      yield { ...entry, body: compared(body, expected, header.path, label) };
    } else {
      const actual = createHash(expected.algorithm).update(encodePath(header.linkTarget)).digest('hex');
      if (actual !== expected.hex) throw mismatch(header.path, label);
      yield entry;
    }
  }
}

interface Expected {
  readonly algorithm: 'sha1' | 'sha256';
  readonly hex: string;
}

function checksumOf(pax: PaxRecords): Expected | undefined {
  for (const [keyword, algorithm] of Object.entries(keywords)) {
    const value = pax.get(keyword);
    if (value !== undefined) return { algorithm, hex: Buffer.from(value).toString('latin1').toLowerCase() };
  }
  return undefined;
}

async function* compared(
  body: AsyncIterable<Uint8Array>,
  { algorithm, hex }: Expected,
  path: string,
  label: string,
): AsyncGenerator<Uint8Array, void> {
  const hash = createHash(algorithm);
  for await (const piece of body) {
    hash.update(piece);
    yield piece;
  }
  if (hash.digest('hex') !== hex) throw mismatch(path, label);
}

function mismatch(path: string, label: string): KilopyError {
  return new KilopyError('KP5072', `${path} in ${label} does not have its checksum`, {
    where: label,
    data: { path },
  });
}
