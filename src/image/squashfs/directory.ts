import { imageFileError } from '../image-file-error.ts';
import type { DirectoryInode } from './inode.ts';
import type { Metadata } from './metadata.ts';
import type { Superblock } from './superblock.ts';

export interface SquashfsEntry {
  readonly name: Buffer;
  /** Of its inode: block and offset as one number. */
  readonly reference: number;
}

const headerBytes = 12;
const entryBytes = 8;
/** Entries behind one header. */
const maxRun = 256;

/** @throws KilopyError KP4011 */
export async function* directoryEntries(
  metadata: Metadata,
  { directoryTable }: Superblock,
  inode: DirectoryInode,
  path: string,
): AsyncGenerator<SquashfsEntry, void> {
  const at = directoryTable + inode.start;
  const fail = (message: string): Error => imageFileError('KP4011', metadata.image.place(at, path), message);
  if (inode.listingBytes === 0) return;
  if (inode.offset >= 8192) throw fail('the listing of a folder is damaged');
  const cursor = metadata.cursor(at, inode.offset, path);
  const rest = { bytes: inode.listingBytes };
  const take = async (bytes: number): Promise<Buffer> => {
    rest.bytes -= bytes;
    if (rest.bytes < 0) throw fail('the listing of a folder ends too early');
    return cursor.read(bytes);
  };
  while (rest.bytes > 0) {
    const header = await take(headerBytes);
    const count = header.readUInt32LE(0) + 1;
    if (count > maxRun) throw fail('the listing of a folder is damaged');
    const block = header.readUInt32LE(4);
    for (let i = 0; i < count; i++) {
      const entry = await take(entryBytes);
      const name = await take(entry.readUInt16LE(6) + 1);
      yield { name, reference: block * 0x1_0000 + entry.readUInt16LE(0) };
    }
  }
}
