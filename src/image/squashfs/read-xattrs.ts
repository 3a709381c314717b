import { imageFileError } from '../image-file-error.ts';
import type { Metadata } from './metadata.ts';
import type { Superblock } from './superblock.ts';

const prefixes = ['user.', 'trusted.', 'security.'] as const;
/** The value stands elsewhere, and here a reference to it. */
const elsewhere = 0x100;
const idRecordBytes = 16;
const tableHeaderBytes = 16;
/** Linux allows 64 KiB in all for the names of one inode, and as much for one value. */
const maxValueBytes = 65_536;
const maxAttributes = 4096;

/** @throws KilopyError KP4011 */
export async function readXattrs(
  metadata: Metadata,
  { xattrTable }: Superblock,
  index: number | undefined,
  entry: string,
): Promise<ReadonlyMap<string, Uint8Array> | undefined> {
  if (index === undefined) return undefined;
  const { image } = metadata;
  const fail = (): Error =>
    imageFileError('KP4011', image.place(xattrTable, entry), 'its extended attributes are damaged');
  if (xattrTable === undefined) throw fail();
  const header = await image.small(xattrTable, tableHeaderBytes, entry);
  const start = Number(header.readBigUInt64LE(0));
  if (index >= header.readUInt32LE(8)) throw fail();
  const record = await metadata.record(xattrTable + tableHeaderBytes, index, idRecordBytes, entry);
  const count = record.readUInt32LE(8);
  if (count > maxAttributes) throw fail();
  const cursorAt = (reference: bigint): ReturnType<Metadata['cursor']> =>
    metadata.cursor(start + Number(reference >> 16n), Number(reference & 0xffffn), entry);
  const cursor = cursorAt(record.readBigUInt64LE(0));
  const sized = async (from: typeof cursor): Promise<Buffer> => {
    const size = (await from.read(4)).readUInt32LE(0);
    if (size > maxValueBytes) throw fail();
    return from.read(size);
  };
  const found = new Map<string, Uint8Array>();
  for (let i = 0; i < count; i++) {
    const head = await cursor.read(4);
    const type = head.readUInt16LE(0);
    const prefix = prefixes[type & 0xff];
    const name = (await cursor.read(head.readUInt16LE(2))).toString('utf8');
    if (prefix === undefined || found.has(prefix + name)) throw fail();
    let value = await sized(cursor);
    if ((type & elsewhere) !== 0) {
      if (value.length !== 8) throw fail();
      value = await sized(cursorAt(value.readBigUInt64LE(0)));
    }
    found.set(prefix + name, Buffer.from(value));
  }
  return found;
}
