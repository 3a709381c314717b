import { encodePath } from '../path-text.ts';
import { blockBytes, fields, type Field } from './fields.ts';
import { formatPaxRecords } from './pax.ts';
import { paddedBytes } from './raw-header.ts';
import { finishBlock, putNumber, typeFlags } from './ustar-block.ts';
import type { TarWriteEntry } from './write-tar.ts';

/** An entry as Go programs write it. */
export interface GoTarEntry extends TarWriteEntry {
  readonly uname?: string;
  readonly gname?: string;
}

/**
 * The header of an entry exactly as Go's archive/tar writes it, for layers whose digests are compared with those of Go
 * programs: ustar where it can say everything, else a PAX header in front. Other than kilopy's own writer it leaves the
 * name of a folder as it is given, cuts a long name at the last possible slash, and wants ASCII in ustar.
 */
export function formatGoHeader(entry: GoTarEntry, sizeBytes: number): Uint8Array {
  const records = new Map<string, Uint8Array>(entry.pax);
  for (const [name, value] of entry.xattrs ?? []) records.set(`SCHILY.xattr.${name}`, value);
  const block = new Uint8Array(blockBytes);
  const path = encodePath(entry.path);
  const split = splitUstar(path);
  if (split === undefined || !isAscii(path)) records.set('path', path);
  for (const [keyword, field, text] of [
    ['linkpath', fields.linkname, entry.linkTarget ?? ''],
    ['uname', fields.uname, entry.uname ?? ''],
    ['gname', fields.gname, entry.gname ?? ''],
  ] as const) {
    const bytes = encodePath(text);
    if (bytes.length > field.length || !isAscii(bytes)) records.set(keyword, bytes);
    putText(block, field, bytes);
  }
  const isDevice = entry.type === 'char' || entry.type === 'block';
  putNumber(block, fields.mode, entry.mode & 0o7777);
  putNumber(block, fields.major, isDevice ? (entry.major ?? 0) : 0);
  putNumber(block, fields.minor, isDevice ? (entry.minor ?? 0) : 0);
  for (const [keyword, field, value] of [
    ['uid', fields.uid, entry.uid],
    ['gid', fields.gid, entry.gid],
    ['size', fields.size, sizeBytes],
    ['mtime', fields.mtime, entry.mtimeSeconds],
  ] as const) {
    if (putNumber(block, field, value)) continue;
    putNumber(block, field, 0);
    records.set(keyword, Buffer.from(String(value)));
  }
  if (records.size === 0 && split !== undefined) {
    putText(block, fields.prefix, split.prefix);
    putText(block, fields.name, split.name);
  } else putText(block, fields.name, asciiOnly(path));
  finishBlock(block, typeFlags[entry.type]);
  return records.size === 0 ? block : Buffer.concat([paxBlocks(entry.path, records), block]);
}

/** `splitUSTARPath` of archive/tar. */
function splitUstar(path: Uint8Array): { readonly prefix: Uint8Array; readonly name: Uint8Array } | undefined {
  if (path.length <= fields.name.length) return { prefix: new Uint8Array(), name: path };
  let length = path.length;
  if (length > fields.prefix.length + 1) length = fields.prefix.length + 1;
  else if (path[length - 1] === 0x2f) length--;
  const cut = path.subarray(0, length).lastIndexOf(0x2f);
  const rest = path.length - cut - 1;
  if (cut <= 0 || rest > fields.name.length || rest === 0 || cut > fields.prefix.length) return undefined;
  return { prefix: path.subarray(0, cut), name: path.subarray(cut + 1) };
}

/** `DIR/PaxHeaders.0/BASE`, with the records sorted by keyword. */
function paxBlocks(path: string, records: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const body = formatPaxRecords([...records].sort(([a], [b]) => (a < b ? -1 : 1)));
  const trimmed = path.replace(/\/+$/u, '');
  const slash = trimmed.lastIndexOf('/');
  const folder = slash === -1 ? '' : trimmed.slice(0, slash + 1);
  const block = new Uint8Array(blockBytes);
  putText(block, fields.name, asciiOnly(encodePath(`${folder}PaxHeaders.0/${trimmed.slice(slash + 1)}`)));
  for (const field of [fields.mode, fields.uid, fields.gid, fields.mtime]) putNumber(block, field, 0);
  putNumber(block, fields.size, body.length);
  finishBlock(block, 'x');
  const blocks = new Uint8Array(blockBytes + paddedBytes(body.length));
  blocks.set(block);
  blocks.set(body, blockBytes);
  return blocks;
}

function putText(block: Uint8Array, { start, length }: Field, bytes: Uint8Array): void {
  block.set(bytes.subarray(0, length), start);
}

function isAscii(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte < 0x80);
}

function asciiOnly(bytes: Uint8Array): Uint8Array {
  return bytes.filter((byte) => byte < 0x80);
}
