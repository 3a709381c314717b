import { crc32, inflateRawSync } from 'node:zlib';
import { archiveError, limitError } from '../archive-error.ts';
import { defaultGunzipLimitBytes, type GunzipOptions } from './gzip-options.ts';
import { checkTrailer, memberHeaderBytes, trailerBytes } from './member-header.ts';

export interface GzipMember {
  /** Byte range of the member in the input, header and trailer included. */
  readonly start: number;
  readonly end: number;
  readonly content: Uint8Array;
}

/** What node:zlib returns with `info: true`; the engine has counted the deflate bytes it took. */
interface InflateInfo {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

/**
 * The members of a gzip file with their exact boundaries (an apk version 2 package is three members, each with its own
 * digest). Zero bytes after the last member are padding, as GNU gzip has it.
 *
 * @throws KP4001 for damage with its offset, KP4003 over `limitBytes`.
 */
export function* gunzipMembers(bytes: Uint8Array, options: GunzipOptions = {}): Generator<GzipMember, void> {
  const limitBytes = options.limitBytes ?? defaultGunzipLimitBytes;
  let start = 0;
  let total = 0;
  do {
    const header = memberHeaderBytes(bytes.subarray(start), start);
    if (header === undefined) throw archiveError('gzip', start, undefined, 'the file is cut short in a gzip header');
    const { buffer: content, engine } = inflate(bytes.subarray(start + header), limitBytes - total, start + header);
    const trailer = start + header + engine.bytesWritten;
    checkTrailer(bytes.subarray(trailer, trailer + trailerBytes), crc32(content), content.length, trailer);
    const end = trailer + trailerBytes;
    yield { start, end, content };
    total += content.length;
    start = end;
  } while (start < bytes.length && !isPadding(bytes.subarray(start)));
}

function inflate(bytes: Uint8Array, limitBytes: number, offset: number): InflateInfo {
  try {
    return inflateRawSync(bytes, { info: true, maxOutputLength: Math.max(1, limitBytes) }) as unknown as InflateInfo;
  } catch (error) {
    throw inflateError(error, limitBytes, offset);
  }
}

/** Turns an error of node:zlib into ours. */
export function inflateError(error: unknown, limitBytes: number, offset: number): Error {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ERR_BUFFER_TOO_LARGE') {
    return limitError('gzip', offset, undefined, `the content is larger than ${String(limitBytes)} bytes`);
  }
  const why = code === 'Z_BUF_ERROR' ? 'the file is cut short in compressed data' : 'the compressed data is damaged';
  return archiveError('gzip', offset, undefined, why, error);
}

export function isPadding(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
