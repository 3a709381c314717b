import { createHash } from 'node:crypto';

/** A UUID of version 8 (RFC 9562) that belongs to this text: the first half of its SHA-256. Two images of one name are two states of one file system. */
export function nameUuid(text: string): Buffer {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes;
}
