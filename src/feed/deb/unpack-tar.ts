import type { TarHeader } from '../../codec/tar/tar-header.ts';
import type { TarStreamEntry } from '../../codec/tar/read-tar-stream.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Store } from '../../store/store.ts';
import type { FileNode } from '../../tree/node.ts';
import type { BlobRef } from '../../values/blob.ts';
import type { PackageEntry } from '../package-entry.ts';
import { safePath } from './safe-path.ts';

/** Files up to this size are put into the store together, others as streams. */
const smallFileBytes = 2 ** 20;
/** How much of small files is held at once. */
const batchBytes = 16 * 2 ** 20;

type FileEntry = Omit<FileNode, 'origin'>;

/**
 * The entries of a data.tar with their contents in the store, in the archive's order and without its root. Modes, owners
 * and device numbers are kept as they are: what may stay is decided where a tree is made. Throws KP5061.
 *
 * @param options.idPrefix makes inode names of this package differ from those of others
 */
export async function unpackTar(
  store: Store,
  archive: AsyncIterable<TarStreamEntry>,
  options: { readonly idPrefix: string; readonly label: string },
): Promise<readonly PackageEntry[]> {
  const { idPrefix, label } = options;
  const entries: PackageEntry[] = [];
  const files = new Map<string, number>();
  let batch: { readonly index: number; readonly bytes: Uint8Array }[] = [];
  let batchSize = 0;

  async function flush(): Promise<void> {
    const refs = await store.putMany(batch.map(({ bytes }) => bytes));
    for (const [position, { index }] of batch.entries()) setContent(index, refs[position]);
    batch = [];
    batchSize = 0;
  }

  function setContent(index: number, content: BlobRef | undefined): void {
    const entry = entries[index];
    if (entry?.type === 'file' && content !== undefined) entries[index] = { ...entry, content };
  }

  async function addFile(header: TarHeader, path: string, body: AsyncIterable<Uint8Array>): Promise<void> {
    const index = entries.push({ type: 'file', ...attributes(header, path), content: unset }) - 1;
    files.set(path, index);
    if (header.sizeBytes > smallFileBytes) {
      setContent(index, await store.putStream(body));
      return;
    }
    const bytes = Buffer.allocUnsafeSlow(header.sizeBytes);
    let filled = 0;
    for await (const piece of body) {
      bytes.set(piece, filled);
      filled += piece.length;
    }
    batch.push({ index, bytes });
    batchSize += bytes.length;
    if (batchSize > batchBytes) await flush();
  }

  /** Gives the first name its inode, and makes the second name a copy of the first. */
  async function addHardLink(header: TarHeader, path: string): Promise<void> {
    const target = safePath(header.linkTarget, label);
    await flush();
    const index = files.get(target);
    const first = index === undefined ? undefined : entries[index];
    if (index === undefined || first?.type !== 'file') {
      throw new KilopyError('KP5061', `${label} links ${path} to ${target}, which is no file before it`, {
        where: label,
        data: { path, target },
      });
    }
    const linked: FileEntry = { ...first, inode: first.inode ?? `${idPrefix}/${target}` };
    entries[index] = linked;
    files.set(path, entries.push({ ...linked, path }) - 1);
  }

  for await (const { header, body } of archive) {
    const path = safePath(header.path, label);
    if (path === '') continue;
    const common = attributes(header, path);
    if (header.type === 'file') await addFile(header, path, body);
    else if (header.type === 'hardlink') await addHardLink(header, path);
    else if (header.type === 'directory') entries.push({ type: 'directory', ...common });
    else if (header.type === 'symlink') entries.push({ type: 'symlink', ...common, target: header.linkTarget });
    else entries.push({ type: 'device', ...common, device: header.type, major: header.major, minor: header.minor });
  }
  await flush();
  return entries;
}

/** Stands in until the content is in the store. */
const unset: BlobRef = { digest: `sha256:${'0'.repeat(64)}`, sizeBytes: 0 };

function attributes(header: TarHeader, path: string): Omit<FileEntry, 'type' | 'content' | 'inode'> {
  const { mode, uid, gid, mtimeSeconds, xattrs } = header;
  return { path, mode, uid, gid, mtimeSeconds, ...(xattrs.size > 0 ? { xattrs } : {}) };
}
