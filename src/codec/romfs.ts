import { encodePath } from './path-text.ts';

/** A file of a ROMFS. */
export interface RomfsFile {
  /** Relative, with `/`. */
  readonly path: string;
  readonly content: Uint8Array;
}

/** Record kinds, from the format's description in MicroPython's extmod/vfs_rom.c. */
const DATA = 2;
const DIRECTORY = 4;
const FILE = 5;
/** Encodes to the bytes D2 CD 31: "RM1" with the upper bits of its first two letters set. */
const FILESYSTEM = 0x14_a6b1;

interface Folder {
  readonly folders: Map<string, Folder>;
  readonly files: Map<string, Uint8Array>;
}

/**
 * MicroPython's read-only file system, whose files are used where they lie in memory. A record is its kind, the length of
 * its payload, and the payload; both numbers have seven bits a byte, the most significant first, with the upper bit set
 * in all bytes but the last. Names are sorted bytewise, folders before files, so that equal files give equal bytes.
 */
export function writeRomfs(files: Iterable<RomfsFile>): Uint8Array {
  const root: Folder = emptyFolder();
  for (const { path, content } of files) {
    const names = path.split('/');
    const name = names.pop() ?? '';
    let folder = root;
    for (const part of names) {
      const inner = folder.folders.get(part) ?? emptyFolder();
      folder.folders.set(part, inner);
      folder = inner;
    }
    folder.files.set(name, content);
  }
  return Buffer.concat(record(FILESYSTEM, folderRecords(root)));
}

function emptyFolder(): Folder {
  return { folders: new Map(), files: new Map() };
}

function folderRecords({ folders, files }: Folder): Uint8Array[] {
  return [
    ...sorted(folders).flatMap(([name, folder]) => record(DIRECTORY, [...text(name), ...folderRecords(folder)])),
    ...sorted(files).flatMap(([name, content]) => record(FILE, [...text(name), ...record(DATA, [content])])),
  ];
}

function record(kind: number, payload: readonly Uint8Array[]): Uint8Array[] {
  const sizeBytes = payload.reduce((sum, piece) => sum + piece.length, 0);
  return [number(kind), number(sizeBytes), ...payload];
}

function text(name: string): Uint8Array[] {
  const bytes = encodePath(name);
  return [number(bytes.length), bytes];
}

function number(value: number): Uint8Array {
  const digits = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift((rest % 128) + 128);
  return Uint8Array.from(digits);
}

function sorted<T>(map: ReadonlyMap<string, T>): (readonly [string, T])[] {
  return [...map].sort(([a], [b]) => Buffer.compare(encodePath(a), encodePath(b)));
}
