import type { Partition } from './plan-disk.ts';

/** Fields of the master boot record (UEFI 2.10, 5.2.1), and of an entry in it. */
const record = { bytes: 512, identifier: 440, entries: 446, signature: 510 };
const entry = { bytes: 16, type: 4, firstAddress: 1, lastAddress: 5, start: 8, sectors: 12 };
const linux = 0x83;
/** Cylinder, head and sector of what lies beyond them; nothing of this century reads these. */
const beyond = [0xfe, 0xff, 0xff];

/**
 * A partition table of Linux partitions, without code to boot from.
 *
 * @param identifier 32 bits, by which a kernel tells disks apart (`root=PARTUUID=`)
 */
export function formatPartitionTable(partitions: readonly Partition[], identifier: number): Uint8Array {
  if (partitions.length > 4) throw new RangeError('a partition table has four entries');
  const bytes = Buffer.alloc(record.bytes);
  bytes.writeUInt32LE(identifier, record.identifier);
  for (const [index, { start, sectors }] of partitions.entries()) {
    const at = record.entries + index * entry.bytes;
    bytes.set(beyond, at + entry.firstAddress);
    bytes.writeUInt8(linux, at + entry.type);
    bytes.set(beyond, at + entry.lastAddress);
    bytes.writeUInt32LE(start, at + entry.start);
    bytes.writeUInt32LE(sectors, at + entry.sectors);
  }
  bytes.writeUInt16LE(0xaa55, record.signature);
  return bytes;
}
