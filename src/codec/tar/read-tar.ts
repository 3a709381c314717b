import { paddedBytes } from './raw-header.ts';
import type { PaxRecords, TarHeader, TarOptions } from './tar-header.ts';
import { bodyCutShort, walkTar } from './walk.ts';

export interface TarEntry {
  readonly header: TarHeader;
  readonly pax: PaxRecords;
  /** A view into the input, not a copy. */
  readonly body: Uint8Array;
}

/**
 * Reads a tar archive that is in memory: v7, ustar, GNU (long names, base-256 numbers) and PAX (local and global).
 * Sources: POSIX.1-2017 pax(1); GNU tar manual, "Basic Tar Format"; star(4) for `SCHILY.*`.
 *
 * @throws KP4001 for damage, KP4002 for sparse and multi-volume archives, KP4003 over a limit; with offset and entry.
 */
export function* readTar(bytes: Uint8Array, options: TarOptions = {}): Generator<TarEntry, void> {
  const walk = walkTar(options);
  let position = 0;
  let step = walk.next();
  while (step.done !== true) {
    const demand = step.value;
    if (demand.kind === 'read') {
      const piece = bytes.subarray(position, position + demand.sizeBytes);
      position += piece.length;
      step = walk.next(piece);
      continue;
    }
    const { header, pax } = demand;
    const end = position + header.sizeBytes;
    if (position + paddedBytes(header.sizeBytes) > bytes.length) throw bodyCutShort(header, options.source);
    yield { header, pax, body: bytes.subarray(position, end) };
    position += paddedBytes(header.sizeBytes);
    step = walk.next(new Uint8Array(0));
  }
}
