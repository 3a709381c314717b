import { archiveError, unsupportedError } from '../archive-error.ts';
import { decodePath } from '../path-text.ts';
import type { RawHeader } from './raw-header.ts';
import type { PaxRecords, TarHeader, TarType } from './tar-header.ts';

/** Long names that GNU tar puts in front of an entry (types L and K). */
export interface GnuNames {
  readonly path?: Uint8Array | undefined;
  readonly linkTarget?: Uint8Array | undefined;
}

const types: Readonly<Record<string, TarType>> = {
  '0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'char',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
};

const slash = 0x2f;
const schily = 'SCHILY.xattr.';
const libarchive = 'LIBARCHIVE.xattr.';

/**
 * The header of an entry: its block, overridden by GNU long names, overridden by PAX records.
 *
 * @throws KP4002 for entries that would lose content if they were read as files: sparse, multi-volume, unknown types.
 */
export function applyRecords(raw: RawHeader, gnu: GnuNames, pax: PaxRecords, offset: number): TarHeader {
  const pathBytes = pax.get('path') ?? gnu.path ?? raw.path;
  const path = decodePath(pathBytes);
  const type = entryType(raw.flag, pathBytes, pax, offset, path);
  const number = (keyword: string, fallback: number): number => paxInteger(pax, keyword, fallback, offset, path);
  const text = (keyword: string, fallback: string): string => {
    const value = pax.get(keyword);
    return value === undefined ? fallback : decodePath(value);
  };
  const linkTarget = decodePath(pax.get('linkpath') ?? gnu.linkTarget ?? raw.linkTarget);
  if (path === '') throw archiveError('tar', offset, undefined, 'an entry has no name');
  if (path.includes('\0') || linkTarget.includes('\0')) {
    throw archiveError('tar', offset, path.replaceAll('\0', '\\0'), 'a name contains a NUL byte');
  }
  const isLink = type === 'hardlink' || type === 'symlink';
  if (isLink && linkTarget === '') throw archiveError('tar', offset, path, 'a link has no target');
  return {
    type,
    path,
    mode: raw.mode,
    uid: number('uid', raw.uid),
    gid: number('gid', raw.gid),
    uname: text('uname', raw.uname),
    gname: text('gname', raw.gname),
    // Only files have a body: GNU tar and Go ignore a size that other types state.
    sizeBytes: type === 'file' ? number('size', raw.sizeBytes) : 0,
    ...modificationTime(pax, raw.mtimeSeconds, offset, path),
    linkTarget: isLink ? linkTarget : '',
    major: number('SCHILY.devmajor', raw.major),
    minor: number('SCHILY.devminor', raw.minor),
    xattrs: extendedAttributes(pax, offset, path),
    offset,
  };
}

function entryType(flag: string, path: Uint8Array, pax: PaxRecords, offset: number, name: string): TarType {
  if (flag === 'S' || [...pax.keys()].some((keyword) => keyword.startsWith('GNU.sparse.'))) {
    throw unsupportedError('tar', offset, name, 'the archive contains a sparse file');
  }
  const type = types[flag];
  if (type === undefined) {
    throw unsupportedError('tar', offset, name, `entries of type ${JSON.stringify(flag)} are not read`);
  }
  // Before ustar, a slash at the end was the only mark of a directory.
  return type === 'file' && path.at(-1) === slash ? 'directory' : type;
}

function paxInteger(pax: PaxRecords, keyword: string, fallback: number, offset: number, entry: string): number {
  const value = pax.get(keyword);
  if (value === undefined) return fallback;
  const text = Buffer.from(value).toString('latin1');
  const number = Number(text);
  if (!/^[0-9]+$/.test(text) || !Number.isSafeInteger(number)) {
    throw archiveError('tar', offset, entry, `the PAX record "${keyword}" is not a number`);
  }
  return number;
}

function modificationTime(
  pax: PaxRecords,
  fallback: number,
  offset: number,
  entry: string,
): Pick<TarHeader, 'mtimeSeconds' | 'mtimeNanoseconds'> {
  const value = pax.get('mtime');
  if (value === undefined) return { mtimeSeconds: fallback, mtimeNanoseconds: 0 };
  const match = /^(-?)([0-9]+)(?:\.([0-9]*))?$/.exec(Buffer.from(value).toString('latin1'));
  const whole = Number(match?.[2]);
  if (match === null || !Number.isSafeInteger(whole)) {
    throw archiveError('tar', offset, entry, 'the PAX record "mtime" is not a time');
  }
  const fraction = Number((match[3] ?? '').slice(0, 9).padEnd(9, '0'));
  if (match[1] === '') return { mtimeSeconds: whole, mtimeNanoseconds: fraction };
  return fraction === 0
    ? { mtimeSeconds: 0 - whole, mtimeNanoseconds: 0 }
    : { mtimeSeconds: -whole - 1, mtimeNanoseconds: 1_000_000_000 - fraction };
}

/** `SCHILY.xattr.NAME` holds raw bytes (star, GNU tar, Go); `LIBARCHIVE.xattr.` has a URL-encoded name and base64. */
function extendedAttributes(pax: PaxRecords, offset: number, entry: string): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const [keyword, value] of pax) {
    if (!keyword.startsWith(libarchive)) continue;
    const name = percentDecode(keyword.slice(libarchive.length));
    if (name === undefined) throw archiveError('tar', offset, entry, 'the name of an extended attribute is malformed');
    found.set(name, Buffer.from(Buffer.from(value).toString('latin1'), 'base64'));
  }
  for (const [keyword, value] of pax) {
    if (keyword.startsWith(schily)) found.set(keyword.slice(schily.length), value);
  }
  return found;
}

function percentDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
