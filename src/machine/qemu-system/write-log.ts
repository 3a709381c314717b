/**
 * What a machine wrote to its disk, in order, as QEMU's `blklogwrites` keeps it: the format of Linux's dm-log-writes
 * (Documentation/admin-guide/device-mapper/log-writes.rst). Little-endian; every entry begins at a whole sector.
 */
export interface LoggedWrite {
  /** Where on the disk. */
  readonly at: number;
  readonly bytes: Uint8Array;
  /** Everything before it was on the medium before this was answered. */
  readonly isFlush: boolean;
  /** Itself was on the medium before it was answered. */
  readonly isForced: boolean;
  /** Offset in the log behind it. */
  readonly end: number;
}

const magic = 0x6a736677736872n;
const superblock = { magic: 0, sectorBytes: 24 };
const entry = { sector: 0, sectors: 8, flags: 16 };
const flags = { flush: 1, forced: 2, discard: 4 };

/** @returns undefined when it is no such log. An entry that is cut off at the end does not count. */
export function readWriteLog(log: Uint8Array): readonly LoggedWrite[] | undefined {
  const bytes = Buffer.from(log.buffer, log.byteOffset, log.byteLength);
  if (bytes.length < 512 || bytes.readBigUInt64LE(superblock.magic) !== magic) return undefined;
  const sectorBytes = bytes.readUInt32LE(superblock.sectorBytes);
  if (sectorBytes < 512 || sectorBytes > 2 ** 16) return undefined;
  const writes: LoggedWrite[] = [];
  for (let at = sectorBytes; at + sectorBytes <= bytes.length;) {
    const number = (field: number): number => Number(bytes.readBigUInt64LE(at + field));
    const bits = number(entry.flags);
    const start = at + sectorBytes;
    const end = start + ((bits & flags.discard) === 0 ? number(entry.sectors) * sectorBytes : 0);
    if (end > bytes.length) break;
    writes.push({
      at: number(entry.sector) * sectorBytes,
      bytes: bytes.subarray(start, end),
      isFlush: (bits & flags.flush) !== 0,
      isForced: (bits & flags.forced) !== 0,
      end,
    });
    at = end;
  }
  return writes;
}

/** A moment at which the power is cut: what was written for certain, and what may have been. */
export interface PowerCut {
  /** So many writes are on the medium. */
  readonly durable: number;
  /** Of those behind them, up to the next flush, these too: a disk writes its cache in any order. */
  readonly lucky: readonly number[];
}

/** Cuts right behind a random flush, with a random choice of what the cache still held. */
export function choosePowerCut(writes: readonly LoggedWrite[], random: () => number): PowerCut | undefined {
  const flushes = writes.flatMap(({ isFlush, isForced }, i) => (isFlush || isForced ? [i] : []));
  const chosen = flushes[Math.floor(random() * flushes.length)];
  if (chosen === undefined) return undefined;
  const next = flushes.find((i) => i > chosen) ?? writes.length;
  const lucky: number[] = [];
  for (let i = chosen + 1; i < next; i++) if (random() < 0.5) lucky.push(i);
  return { durable: chosen + 1, lucky };
}

/** The disk as it is after the cut. `disk` is what it was at the start. */
export function replay(disk: Uint8Array, writes: readonly LoggedWrite[], { durable, lucky }: PowerCut): Uint8Array {
  const after = Uint8Array.from(disk);
  for (const { at, bytes } of writes.slice(0, durable)) after.set(bytes, at);
  for (const i of lucky) after.set(writes[i]?.bytes ?? [], writes[i]?.at);
  return after;
}
