import { blockBytes } from './fields.ts';
import { formatEntryHeader } from './format-header.ts';
import type { TarType } from './tar-header.ts';

/** An entry to write. Names are written as given; a directory gets its final slash, the root ('') becomes `./`. */
export interface TarWriteEntry {
  readonly type: TarType;
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeSeconds: number;
  /** Of links. */
  readonly linkTarget?: string;
  /** Of char and block devices. */
  readonly major?: number;
  readonly minor?: number;
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
  /** Further PAX records, such as apk's checksums. */
  readonly pax?: ReadonlyMap<string, Uint8Array>;
  /** Of files; must be what `body` gives. */
  readonly sizeBytes?: number;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
}

/**
 * Writes a tar archive: the same entries give the same bytes. Headers are plain ustar with empty user names; a PAX
 * header stands in front only of what ustar cannot say (long names, ids over 2 097 151, files from 8 GiB, times before
 * 1970, xattrs as `SCHILY.xattr.*`). Names that are not ASCII stay raw bytes in the ustar field: GNU tar and bsdtar
 * both give those back unchanged in every locale, which a PAX `path` (defined as UTF-8) does not.
 *
 * The archive ends with two zero blocks and is not padded to records of 10 KiB: padding serves tape drives, no reader
 * needs it, and a layer would pay for it on disk.
 */
export async function* writeTar(
  entries: Iterable<TarWriteEntry> | AsyncIterable<TarWriteEntry>,
): AsyncGenerator<Uint8Array, void> {
  for await (const entry of entries) {
    const sizeBytes = entry.type === 'file' ? (entry.sizeBytes ?? 0) : 0;
    yield formatEntryHeader(entry, sizeBytes);
    if (sizeBytes === 0) continue;
    let written = 0;
    for await (const chunk of bodyChunks(entry)) {
      written += chunk.length;
      yield chunk;
    }
    if (written !== sizeBytes) {
      throw new Error(`tar entry ${entry.path} states ${String(sizeBytes)} bytes and has ${String(written)}`);
    }
    const rest = sizeBytes % blockBytes;
    if (rest > 0) yield new Uint8Array(blockBytes - rest);
  }
  yield new Uint8Array(2 * blockBytes);
}

function bodyChunks(entry: TarWriteEntry): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (entry.body === undefined) return [];
  return entry.body instanceof Uint8Array ? [entry.body] : entry.body;
}
