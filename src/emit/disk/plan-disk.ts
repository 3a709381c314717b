import { KilopyError } from '../../errors/kilopy-error.ts';

/** What shall lie on a disk: a root file system, and behind it a partition for data. */
export interface DiskWish {
  readonly rootBytes: number;
  /** Of the partition for data, at least. */
  readonly dataBytes: number;
  /** Of the whole disk; the partition for data grows with it. Absent: as small as it can be. */
  readonly diskBytes?: number | undefined;
}

/** A partition, in sectors of 512 bytes. */
export interface Partition {
  readonly start: number;
  readonly sectors: number;
}

export interface DiskPlan {
  readonly sizeBytes: number;
  readonly root: Partition;
  readonly data: Partition;
}

export const sectorBytes = 512;
/** Partitions begin at whole MiB, as fdisk lays them: blocks of flash cards are not cut. */
const alignment = 2048;
/** The partition table has 32 bits for a number of sectors. */
const mostSectors = 2 ** 32 - 1;

/**
 * Where the partitions of a disk lie. The root's ends where the data begins, so that a somewhat larger one can take its place later.
 *
 * @throws KilopyError KP8013 when the disk is too small for them, KP8014 when it is larger than its partition table can say
 */
export function planDisk({ rootBytes, dataBytes, diskBytes }: DiskWish): DiskPlan {
  const root = { start: alignment, sectors: aligned(rootBytes) };
  const start = root.start + root.sectors;
  const least = start + aligned(dataBytes);
  const end = diskBytes === undefined ? least : Math.floor(diskBytes / sectorBytes / alignment) * alignment;
  if (end < least) {
    throw new KilopyError('KP8013', `a disk of ${String(diskBytes)} bytes is too small`, {
      why: `the root file system has ${String(rootBytes)} bytes, and the data are to have ${String(dataBytes)}: with the partition table ${String(least * sectorBytes)}`,
      fix: `give the disk ${String(Math.ceil((least * sectorBytes) / 2 ** 20))}MiB or more`,
      data: { diskBytes, neededBytes: least * sectorBytes },
    });
  }
  if (end > mostSectors) {
    throw new KilopyError('KP8014', `a disk of ${String(end * sectorBytes)} bytes is too large`, {
      why: 'its partition table has 32 bits for a number of sectors, which end at 2 TiB',
      data: { diskBytes: end * sectorBytes },
    });
  }
  return { sizeBytes: end * sectorBytes, root, data: { start, sectors: end - start } };
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / sectorBytes / alignment) * alignment;
}
