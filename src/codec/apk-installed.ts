import { KilopyError } from '../errors/kilopy-error.ts';
import { decodePath, encodePath } from './path-text.ts';

/** One package of an installed database (apk-v2's `lib/apk/db/installed`; fdb of apk-tools). */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** Lines before the first folder, as they stand: letter and value. */
  readonly fields: readonly InstalledField[];
  readonly folders: readonly InstalledFolder[];
}

export type InstalledField = readonly [letter: string, value: string];

export interface InstalledFolder {
  /** Without a slash at either end; the root is ''. */
  readonly path: string;
  /** Absent: 0:0:755. */
  readonly acl?: string;
  readonly files: readonly InstalledFile[];
}

export interface InstalledFile {
  readonly name: string;
  /** Absent: 0:0:644. */
  readonly acl?: string;
  /** `Q1` and base64 of SHA-1, or of the first 20 bytes of SHA-256 where the package has the flag S. */
  readonly checksum?: string;
}

/** `uid:gid:mode` with the mode in octal digits, and a checksum of extended attributes where there are any. */
const aclPattern = /^\d{1,10}:\d{1,10}:[0-7]{1,5}(?::[\w+/=]+)?$/u;
const checksumPattern =
  /^(?:Q1[A-Za-z0-9+/]{27}=|Q1[A-Za-z0-9+/]{43}=|Q2[A-Za-z0-9+/]{43}=|X1[0-9a-f]{40}|X2[0-9a-f]{64})$/u;
const fieldPattern = /^[A-Za-z]$/u;

/**
 * Parses an installed database. Text is that of `decodePath`, so formatInstalled gives back the same bytes.
 *
 * @throws KilopyError KP5254 with file and line
 */
export function parseInstalled(bytes: Uint8Array, file: string): readonly InstalledPackage[] {
  const lines = decodePath(bytes).split('\n');
  if (lines.pop() !== '') throw fault(file, lines.length + 1, 'the file does not end with a newline');
  const packages: InstalledPackage[] = [];
  let open: OpenPackage | undefined;
  for (const [index, line] of lines.entries()) {
    const number = index + 1;
    if (line !== '') {
      open ??= { line: number, fields: [], folders: [] };
      addLine(open, line, file, number);
    } else if (open === undefined) throw fault(file, number, 'an empty line follows no package');
    else {
      packages.push(closePackage(open, file));
      open = undefined;
    }
  }
  if (open !== undefined) throw fault(file, lines.length, 'the last package is not followed by an empty line');
  return packages;
}

/** The inverse of parseInstalled. */
export function formatInstalled(packages: readonly InstalledPackage[]): Uint8Array {
  const lines = packages.flatMap(({ fields, folders }) => [
    ...fields.map(([letter, value]) => `${letter}:${value}`),
    ...folders.flatMap(formatFolder),
    '',
  ]);
  return encodePath(lines.map((line) => `${line}\n`).join(''));
}

function formatFolder({ path, acl, files }: InstalledFolder): readonly string[] {
  const lines = [`F:${path}`];
  if (acl !== undefined) lines.push(`M:${acl}`);
  for (const file of files) {
    lines.push(`R:${file.name}`);
    if (file.acl !== undefined) lines.push(`a:${file.acl}`);
    if (file.checksum !== undefined) lines.push(`Z:${file.checksum}`);
  }
  return lines;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type OpenFile = Writable<InstalledFile>;
type OpenFolder = Writable<Omit<InstalledFolder, 'files'>> & { readonly files: OpenFile[] };

interface OpenPackage {
  readonly line: number;
  readonly fields: InstalledField[];
  readonly folders: OpenFolder[];
}

function addLine(open: OpenPackage, line: string, file: string, number: number): void {
  const letter = line.charAt(0);
  const value = line.slice(2);
  if (line.charAt(1) !== ':' || !fieldPattern.test(letter)) throw fault(file, number, 'this is no letter with a colon');
  const folder = open.folders.at(-1);
  const entry = folder?.files.at(-1);
  const misplaced = (): KilopyError => fault(file, number, `${letter}: stands where it has no meaning`);
  switch (letter) {
    case 'F':
      open.folders.push({ path: value, files: [] });
      break;
    case 'M':
      // apk writes it right behind the folder; behind a file it is more likely meant for that.
      if (folder === undefined || entry !== undefined || folder.acl !== undefined) throw misplaced();
      folder.acl = checked(value, aclPattern, file, number);
      break;
    case 'R':
      if (folder === undefined || value === '' || value.includes('/')) throw misplaced();
      folder.files.push({ name: value });
      break;
    case 'a':
      if (entry === undefined || entry.acl !== undefined || entry.checksum !== undefined) throw misplaced();
      entry.acl = checked(value, aclPattern, file, number);
      break;
    case 'Z':
      if (entry === undefined || entry.checksum !== undefined) throw misplaced();
      entry.checksum = checked(value, checksumPattern, file, number);
      break;
    default:
      if (folder !== undefined) throw misplaced();
      if (letter === 'C') checked(value, checksumPattern, file, number);
      open.fields.push([letter, value]);
  }
}

function closePackage({ line, fields, folders }: OpenPackage, file: string): InstalledPackage {
  const name = fields.find(([letter]) => letter === 'P')?.[1] ?? '';
  const version = fields.find(([letter]) => letter === 'V')?.[1] ?? '';
  if (name === '' || version === '') throw fault(file, line, 'a package has no name or no version');
  return { name, version, fields, folders };
}

function checked(value: string, pattern: RegExp, file: string, line: number): string {
  if (pattern.test(value)) return value;
  throw fault(file, line, `${JSON.stringify(value)} is not of the form that belongs here`);
}

function fault(file: string, line: number, why: string): KilopyError {
  return new KilopyError('KP5254', `${file} is no installed database of apk`, { where: { file, line }, why });
}
