import { detectCompression } from '../codec/compression.ts';
import { ChunkReader } from '../codec/chunk-reader.ts';
import { decodePath } from '../codec/path-text.ts';
import type { Context } from '../io/context.ts';
import type { FileNode, Node, Tree } from '../tree/node.ts';
import { baseName, joinPath, parentOf, parentsOf, resolvePath } from '../tree/paths.ts';
import { safePath } from '../tree/safe-path.ts';
import { parseCpioHeader, cpioHeaderBytes, cpioTrailer, type CpioHeader } from './cpio-header.ts';
import type { GrowSettings } from './grow-tree.ts';
import { imageFileError } from './image-file-error.ts';
import { plainChunks } from './plain-chunks.ts';

const layer = 'rootfs';
/** PATH_MAX; the kernel takes no longer names either (init/initramfs.c). */
const maxNameBytes = 4096;
const nameBytesLimit = 255;
const maxTargetBytes = 65_536;
const typeMask = 0o170000;
/** Zeros between archives and behind the last; more is not for padding. */
const maxPaddingBytes = 16 * 2 ** 20;

interface CpioState {
  readonly settings: GrowSettings;
  readonly nodes: Map<string, Node>;
  readonly origin: Node['origin'];
  /** Names of the files with several links, by device and inode; the archives of one file do not share them. */
  names: Map<string, string[]>;
  contentBytes: number;
}

/**
 * A cpio archive as Linux unpacks it at its start (`newc`, Documentation/driver-api/early-userspace/buffer-format.rst): archives one
 * after the other, each compressed or not; later entries win; the links of an entry's folders are followed inside the root. The
 * content of files with several names stands with any of them.
 *
 * @param chunks the file as it lies on disk
 * @throws KilopyError KP4001, KP4003, KP4011 to KP4013, KP7001, KP7002
 */
export async function readCpio(ctx: Context, chunks: AsyncIterable<Uint8Array>, settings: GrowSettings): Promise<Tree> {
  const origin = { kind: 'image', reference: settings.source, layer } as const;
  const state: CpioState = { settings, nodes: new Map(), origin, names: new Map(), contentBytes: 0 };
  let reader = new ChunkReader(plainChunks(ctx, chunks));
  try {
    for (;;) {
      await readArchive(reader, state);
      state.names = new Map();
      const head = await nextAfterZeros(reader, state);
      if (head === undefined) break;
      reader.unread(head);
      // An archive for early drivers is not compressed, and the one behind it is.
      if (detectCompression(head) !== 'none') reader = new ChunkReader(plainChunks(ctx, restOf(reader)));
    }
  } finally {
    await reader.close();
  }
  if (!state.nodes.has('')) addFolder(state, '', 0);
  return state.nodes;
}

async function readArchive(reader: ChunkReader, state: CpioState): Promise<void> {
  for (;;) {
    const at = reader.offset;
    const bytes = await reader.read(cpioHeaderBytes);
    if (bytes.length < cpioHeaderBytes) throw cutShort(state, at);
    const header = parseCpioHeader(bytes, { source: state.settings.source, format: 'cpio', offset: at });
    if (header.nameBytes < 1 || header.nameBytes > maxNameBytes)
      throw damaged(state, at, `a name has ${String(header.nameBytes)} bytes`);
    const field = await padded(reader, cpioHeaderBytes, header.nameBytes, state);
    const name = field.subarray(0, -1);
    if (field.at(-1) !== 0 || name.includes(0)) throw damaged(state, at, 'a name does not end with a zero byte');
    if (name.toString('latin1') === cpioTrailer) return;
    await readEntry(reader, header, placedPath(state, name), at, state);
  }
}

async function readEntry(
  reader: ChunkReader,
  header: CpioHeader,
  path: string,
  at: number,
  state: CpioState,
): Promise<void> {
  const { mode, uid, gid, mtimeSeconds, sizeBytes } = header;
  const common = { path, mode: mode & 0o7777, uid, gid, mtimeSeconds, origin: state.origin };
  const type = mode & typeMask;
  const device = ({ 0o020000: 'char', 0o060000: 'block', 0o010000: 'fifo' } as const)[type];
  if (type === 0o100000) {
    await readFile(reader, header, common, at, state);
    return;
  }
  if (type === 0o120000) {
    if (sizeBytes === 0 || sizeBytes > maxTargetBytes) throw damaged(state, at, 'a target of a link is too long', path);
    const target = await padded(reader, 0, sizeBytes, state);
    if (target.includes(0)) throw damaged(state, at, 'a target of a link has a zero byte', path);
    put(state, { ...common, type: 'symlink', target: decodePath(target) }, at);
    return;
  }
  if (sizeBytes !== 0) throw damaged(state, at, 'only files and links have content', path);
  if (type === 0o040000) put(state, { ...common, type: 'directory' }, at);
  else if (device !== undefined) {
    const numbers = device === 'fifo' ? { major: 0, minor: 0 } : { major: header.major, minor: header.minor };
    put(state, { ...common, type: 'device', device, ...numbers }, at);
    // A socket means nothing in an image.
  } else if (type !== 0o140000) throw damaged(state, at, 'an entry is of no known kind', path);
}

async function readFile(
  reader: ChunkReader,
  header: CpioHeader,
  common: Omit<FileNode, 'type' | 'content'>,
  at: number,
  state: CpioState,
): Promise<void> {
  const { path } = common;
  const { blobs, limits } = state.settings;
  const place = { source: state.settings.source, format: 'cpio', offset: at, entry: path };
  state.contentBytes += header.sizeBytes;
  if (header.sizeBytes > limits.fileBytes)
    throw imageFileError('KP4003', place, `the file is larger than ${String(limits.fileBytes)} bytes`);
  if (state.contentBytes > limits.packageBytes)
    throw imageFileError('KP4003', place, `the files have more than ${String(limits.packageBytes)} bytes together`);
  const key = header.links > 1 ? `${header.deviceText}:${String(header.inode)}` : undefined;
  const others = key === undefined ? [] : (state.names.get(key) ?? []).filter((name) => name !== path);
  const [first] = others;
  const known = first === undefined ? undefined : state.nodes.get(first);
  if (known?.type === 'file' && header.sizeBytes === 0) {
    const inode = `${layer}:${String(key)}`;
    for (const name of others) share(state, name, { inode });
    put(state, { ...known, path, inode }, at);
  } else {
    const sum = { value: 0 };
    const content = await blobs.putStream(
      body(reader, header.sizeBytes, state, header.checksum === undefined ? undefined : sum),
      path,
      layer,
    );
    await skipPadding(reader, header.sizeBytes, state);
    if (header.checksum !== undefined && header.checksum !== sum.value)
      throw imageFileError('KP4011', place, 'the checksum of a file is wrong');
    const shared = others.length > 0 ? { inode: `${layer}:${String(key)}` } : {};
    for (const name of others) share(state, name, { ...shared, content });
    put(state, { ...common, type: 'file', content, ...shared }, at);
  }
  if (key !== undefined) state.names.set(key, [...others, path]);
}

function share(state: CpioState, path: string, fields: Partial<FileNode>): void {
  const node = state.nodes.get(path);
  if (node?.type === 'file') state.nodes.set(path, { ...node, ...fields });
}

async function* body(
  reader: ChunkReader,
  sizeBytes: number,
  state: CpioState,
  sum: { value: number } | undefined,
): AsyncGenerator<Uint8Array, void> {
  for (let left = sizeBytes; left > 0;) {
    const piece = await reader.take(left);
    if (piece === undefined) throw cutShort(state, reader.offset);
    if (sum !== undefined) for (const byte of piece) sum.value = (sum.value + byte) >>> 0;
    left -= piece.length;
    yield piece;
  }
}

/** Where an entry belongs, its folders' links followed as in a chroot. */
function placedPath(state: CpioState, name: Buffer): string {
  const path = safePath(decodePath(name), state.settings.source);
  const component = path.split('/').find((part) => Buffer.byteLength(part) > nameBytesLimit);
  if (component !== undefined) {
    const bytes = Buffer.byteLength(component);
    throw imageFileError(
      'KP4013',
      { source: state.settings.source, format: 'cpio' },
      `the name ${JSON.stringify(component.slice(0, 40))}... has ${String(bytes)} bytes, and 255 are allowed`,
    );
  }
  if (path === '' || state.nodes.get(parentOf(path))?.type === 'directory') return path;
  return joinPath(resolvePath(state.nodes, parentOf(path)).path, baseName(path));
}

function put(state: CpioState, node: Node, at: number): void {
  const { limits, source } = state.settings;
  for (const path of parentsOf(node.path)) {
    const parent = state.nodes.get(path);
    if (parent === undefined) addFolder(state, path, node.mtimeSeconds);
    else if (parent.type !== 'directory') throw damaged(state, at, `/${path} is no folder`, node.path);
  }
  const old = state.nodes.get(node.path);
  if (old?.type === 'directory' && node.type !== 'directory') {
    for (const path of state.nodes.keys())
      if (path.startsWith(`${node.path}/`))
        throw damaged(state, at, 'a folder with something in it is replaced', node.path);
  }
  if (node.path === '' && node.type !== 'directory') throw damaged(state, at, 'its root is no folder');
  if (state.nodes.size >= limits.entries) {
    const place = { source, format: 'cpio', offset: at };
    throw imageFileError('KP4003', place, `the archive has more than ${String(limits.entries)} entries`);
  }
  state.nodes.set(node.path, node);
}

function addFolder(state: CpioState, path: string, mtimeSeconds: number): void {
  state.nodes.set(path, { type: 'directory', path, mode: 0o755, uid: 0, gid: 0, mtimeSeconds, origin: state.origin });
}

/** So many bytes, and what fills them up to a multiple of four, counted from `before` bytes further back. */
async function padded(reader: ChunkReader, before: number, sizeBytes: number, state: CpioState): Promise<Buffer> {
  const bytes = Buffer.from(await reader.read(sizeBytes));
  if (bytes.length < sizeBytes) throw cutShort(state, reader.offset);
  await skipPadding(reader, before + sizeBytes, state);
  return bytes;
}

async function skipPadding(reader: ChunkReader, sizeBytes: number, state: CpioState): Promise<void> {
  if ((await reader.skip((4 - (sizeBytes % 4)) % 4)) > 0) throw cutShort(state, reader.offset);
}

/** The first bytes that are not zero, or undefined at the end. */
async function nextAfterZeros(reader: ChunkReader, state: CpioState): Promise<Buffer | undefined> {
  const start = reader.offset;
  for (;;) {
    const piece = await reader.take(2 ** 16);
    if (piece === undefined) return undefined;
    const first = piece.findIndex((byte) => byte !== 0);
    if (first === -1) {
      if (reader.offset - start > maxPaddingBytes)
        throw damaged(state, start, `more than ${String(maxPaddingBytes)} zeros follow the archive`);
      continue;
    }
    reader.unread(piece.subarray(first));
    return Buffer.from(await reader.read(6));
  }
}

async function* restOf(reader: ChunkReader): AsyncGenerator<Uint8Array, void> {
  for (let piece = await reader.take(); piece !== undefined; piece = await reader.take()) yield piece;
}

function cutShort(state: CpioState, at: number): Error {
  return damaged(state, at, 'the archive is cut short');
}

function damaged({ settings }: CpioState, offset: number, message: string, entry?: string): Error {
  return imageFileError('KP4011', { source: settings.source, format: 'cpio', offset, entry }, message);
}
