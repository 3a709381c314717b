import { encodePath } from '../path-text.ts';
import { blockBytes, fields } from './fields.ts';
import { formatPaxRecords } from './pax.ts';
import { paddedBytes } from './raw-header.ts';
import { finishBlock, putNumber, typeFlags } from './ustar-block.ts';
import type { TarWriteEntry } from './write-tar.ts';

/** The name of PAX headers themselves; readers that know them never show it. */
const paxName = '././@PaxHeader';
const slash = 0x2f;

/** The header block of an entry, with a PAX header in front when ustar cannot hold everything. */
export function formatEntryHeader(entry: TarWriteEntry, sizeBytes: number): Uint8Array {
  const records = new Map(entry.pax);
  const block = new Uint8Array(blockBytes);
  const path = entryName(entry);
  if (!putPath(block, path)) records.set('path', path);
  const target = encodePath(entry.linkTarget ?? '');
  if (target.length <= fields.linkname.length) block.set(target, fields.linkname.start);
  else records.set('linkpath', target);

  putNumber(block, fields.mode, entry.mode & 0o7777);
  for (const [keyword, which, value] of [
    ['uid', fields.uid, entry.uid],
    ['gid', fields.gid, entry.gid],
    ['size', fields.size, sizeBytes],
    ['mtime', fields.mtime, entry.mtimeSeconds],
  ] as const) {
    if (putNumber(block, which, value)) continue;
    putNumber(block, which, 0);
    records.set(keyword, Buffer.from(String(value)));
  }
  const isDevice = entry.type === 'char' || entry.type === 'block';
  if (
    !putNumber(block, fields.major, isDevice ? (entry.major ?? 0) : 0) ||
    !putNumber(block, fields.minor, isDevice ? (entry.minor ?? 0) : 0)
  ) {
    throw new Error(`tar entry ${entry.path} has device numbers that Linux does not have`);
  }
  for (const [name, value] of entry.xattrs ?? []) records.set(`SCHILY.xattr.${name}`, value);

  finishBlock(block, typeFlags[entry.type]);
  return records.size === 0 ? block : Buffer.concat([paxBlocks(records), block]);
}

function entryName(entry: TarWriteEntry): Uint8Array {
  const name = encodePath(entry.path);
  if (name.length === 0) return Buffer.from('./');
  return entry.type === 'directory' && name.at(-1) !== slash ? Buffer.concat([name, Buffer.from('/')]) : name;
}

/** A long name may be cut at a slash into prefix and name. What remains too long gets a shortened name for old readers. */
function putPath(block: Uint8Array, path: Uint8Array): boolean {
  if (path.length <= fields.name.length) {
    block.set(path, fields.name.start);
    return true;
  }
  const cut = path.indexOf(slash, path.length - fields.name.length - 1);
  if (cut > 0 && cut <= fields.prefix.length && cut < path.length - 1) {
    block.set(path.subarray(0, cut), fields.prefix.start);
    block.set(path.subarray(cut + 1), fields.name.start);
    return true;
  }
  block.set(path.subarray(0, fields.name.length), fields.name.start);
  return false;
}

function paxBlocks(records: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const sorted = [...records].sort(([a], [b]) => Buffer.compare(encodePath(a), encodePath(b)));
  const body = formatPaxRecords(sorted);
  const block = new Uint8Array(blockBytes);
  block.set(Buffer.from(paxName), fields.name.start);
  putNumber(block, fields.mode, 0o644);
  putNumber(block, fields.uid, 0);
  putNumber(block, fields.gid, 0);
  putNumber(block, fields.size, body.length);
  putNumber(block, fields.mtime, 0);
  putNumber(block, fields.major, 0);
  putNumber(block, fields.minor, 0);
  finishBlock(block, 'x');
  const blocks = new Uint8Array(blockBytes + paddedBytes(body.length));
  blocks.set(block);
  blocks.set(body, blockBytes);
  return blocks;
}
