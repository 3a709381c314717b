import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type Damage =
  | 'cut to half'
  | 'cut to nothing'
  | 'with a flipped bit'
  | 'longer by a byte'
  | 'of zeros'
  | 'removed'
  | 'replaced by a folder'
  | 'unreadable';

/** What a hand, a failing disk or a power cut does to one file of the store. */
export const damages: Readonly<Record<Damage, (path: string) => void>> = {
  'cut to half': (path) => truncateSync(path, Math.floor(readFileSync(path).length / 2)),
  'cut to nothing': (path) => truncateSync(path, 0),
  'with a flipped bit': (path) => {
    const bytes = readFileSync(path);
    const at = Math.floor(bytes.length / 2);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(path, bytes);
  },
  'longer by a byte': (path) => writeFileSync(path, '\n', { flag: 'a' }),
  'of zeros': (path) => writeFileSync(path, Buffer.alloc(readFileSync(path).length)),
  removed: (path) => rmSync(path),
  'replaced by a folder': (path) => {
    rmSync(path);
    mkdirSync(join(path, 'inside'), { recursive: true });
  },
  unreadable: (path) => chmodSync(path, 0),
};

export const damageNames: readonly Damage[] = Object.keys(damages) as readonly Damage[];

/** Files below a folder of the store, with their full paths, sorted. */
export function storeFiles(store: string, folder: string): readonly string[] {
  return readdirSync(join(store, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
