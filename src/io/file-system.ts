import { constants, statSync, type BigIntStats, type Dirent } from 'node:fs';
import * as fsp from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { temporaryName } from './leftovers.ts';
import { makeFolder } from './make-folder.ts';
import { isReadAtOnce, readAtOnce } from './read-at-once.ts';
import { writePieces } from './write-pieces.ts';

/** The part of the file system that kilopy uses. Errors are Node's, with `code`; callers turn the expected ones into KilopyError. */
export interface FileSystem {
  readFile(path: string): Promise<Uint8Array>;
  readText(path: string): Promise<string>;
  /** Entries sorted bytewise by name. */
  readDirectory(path: string): Promise<readonly Dirent[]>;
  lstat(path: string): Promise<BigIntStats>;
  stat(path: string): Promise<BigIntStats>;
  readLink(path: string): Promise<string>;
  exists(path: string): Promise<boolean>;
  realPath(path: string): Promise<string>;
  makeDirectory(path: string): Promise<void>;
  makeTempDirectory(prefix: string): Promise<string>;
  remove(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  symlink(target: string, path: string): Promise<void>;
  hardLink(existing: string, path: string): Promise<void>;
  chmod(path: string, mode: number): Promise<void>;
  /** Plain write: for scratch folders only. Outputs use writeAtomic. */
  writeFile(path: string, bytes: Uint8Array | string, mode?: number): Promise<void>;
  /** Appears whole or not at all: temporary file beside it, fsync, rename, fsync of the folder. Long zeros of a stream become holes. */
  writeAtomic(path: string, chunks: Uint8Array | string | AsyncIterable<Uint8Array>, mode?: number): Promise<void>;
  /** Streams a file in pieces of at most 1 MiB, from a byte offset. */
  readStream(path: string, startByte?: number): AsyncIterable<Uint8Array>;
  /** Opens a file for reads at any place. */
  open(path: string): Promise<OpenFile>;
  /** Plain write of a stream, for scratch folders. Long zeros become holes. */
  writeSparse(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void>;
}

export interface OpenFile {
  readonly sizeBytes: number;
  /** So many bytes from there, fewer at the end of the file. */
  read(at: number, lengthBytes: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** Most files are small. */
const firstPieceBytes = 2 ** 16;
const pieceBytes = 2 ** 20;

export const nodeFileSystem: FileSystem = {
  async readFile(path) {
    const status = statSync(path);
    // Not even opened synchronously: a pipe without a writer would stop everything.
    const isSmall = status.isFile() && isReadAtOnce(status.size);
    return isSmall ? (await readAtOnce(path)).bytes : await fsp.readFile(path);
  },
  readText: (path) => fsp.readFile(path, 'utf8'),
  async readDirectory(path) {
    const entries = await fsp.readdir(path, { withFileTypes: true });
    return entries.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  },
  lstat: (path) => fsp.lstat(path, { bigint: true }),
  stat: (path) => fsp.stat(path, { bigint: true }),
  readLink: (path) => fsp.readlink(path),
  realPath: (path) => fsp.realpath(path),
  async exists(path) {
    try {
      await fsp.access(path, constants.F_OK);
      return true;
    } catch {
      return false;
    }
  },
  // oxlint-disable-next-line require-await -- rejects instead of throwing
  async makeDirectory(path) {
    makeFolder(path);
  },
  makeTempDirectory: (prefix) => fsp.mkdtemp(prefix),
  remove: (path) => fsp.rm(path, { recursive: true, force: true }),
  rename: (from, to) => fsp.rename(from, to),
  symlink: (target, path) => fsp.symlink(target, path),
  hardLink: (existing, path) => fsp.link(existing, path),
  chmod: (path, mode) => fsp.chmod(path, mode),
  writeFile: (path, bytes, mode) => fsp.writeFile(path, bytes, mode === undefined ? {} : { mode }),
  writeAtomic,
  async *readStream(path, startByte = 0) {
    // A stream of Node's would do the same with several times the work for each file.
    const handle = await fsp.open(path, 'r');
    try {
      let at = startByte;
      for (let lengthBytes = firstPieceBytes; ; lengthBytes = pieceBytes) {
        const buffer = Buffer.allocUnsafeSlow(lengthBytes);
        const { bytesRead } = await handle.read(buffer, 0, lengthBytes, at);
        if (bytesRead === 0) return;
        at += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await handle.close();
    }
  },
  open: openFile,
  writeSparse,
};

async function openFile(path: string): Promise<OpenFile> {
  const handle = await fsp.open(path, 'r');
  return {
    sizeBytes: (await handle.stat()).size,
    async read(at, lengthBytes) {
      const buffer = Buffer.allocUnsafe(lengthBytes);
      let have = 0;
      while (have < lengthBytes) {
        const { bytesRead } = await handle.read(buffer, have, lengthBytes - have, at + have);
        if (bytesRead === 0) break;
        have += bytesRead;
      }
      return buffer.subarray(0, have);
    },
    close: () => handle.close(),
  };
}

async function writeSparse(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const handle = await fsp.open(path, 'w', 0o600);
  try {
    await writePieces(handle, chunks);
  } finally {
    await handle.close();
  }
}

async function writeAtomic(
  path: string,
  chunks: Uint8Array | string | AsyncIterable<Uint8Array>,
  mode = 0o644,
): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, temporaryName());
  const handle = await fsp.open(temporary, 'wx', mode);
  try {
    if (typeof chunks === 'string' || chunks instanceof Uint8Array) await handle.writeFile(chunks);
    else await writePieces(handle, chunks);
    await handle.chmod(mode);
    await handle.sync();
    await handle.close();
    await fsp.rename(temporary, path);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await fsp.rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await fsp.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
