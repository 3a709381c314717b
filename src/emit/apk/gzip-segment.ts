import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { deflate } from '../../codec/deflate/deflate.ts';
import { writeTar, type TarWriteEntry } from '../../codec/tar/write-tar.ts';

/** ID1 ID2, deflate, no flags, no time, XFL 2, OS 255: RFC 1952, 2.3. */
const header = Buffer.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255);
/** The two zero blocks at the end of a tar. */
const trailerBytes = 1024;

/**
 * A tar as one gzip member: a segment of a package or index of version 2. All segments but the last lose the end of the
 * tar, so that the whole file is one tar to others.
 */
export async function gzipSegment(entries: readonly TarWriteEntry[], place: 'inner' | 'last'): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of writeTar(entries)) parts.push(part);
  const tar = Buffer.concat(parts);
  const content = place === 'last' ? tar : tar.subarray(0, -trailerBytes);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(content), 0);
  trailer.writeUInt32LE(content.length % 2 ** 32, 4);
  return Buffer.concat([header, deflate(content), trailer]);
}

/** A file of a control segment. */
export function controlFile(
  path: string,
  text: string | Uint8Array,
  mode: number,
  mtimeSeconds: number,
): TarWriteEntry {
  const body = typeof text === 'string' ? Buffer.from(text, 'utf8') : text;
  return { type: 'file', path, mode, uid: 0, gid: 0, mtimeSeconds, sizeBytes: body.length, body };
}

export function sha1(bytes: Uint8Array | string): Buffer {
  return createHash('sha1').update(bytes).digest();
}
