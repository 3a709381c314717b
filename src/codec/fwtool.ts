import { crc32 } from 'node:zlib';

/**
 * What OpenWrt's fwtool appends to an image (openwrt/fwtool, fwimage.h): data, for metadata with a header of 8 bytes in
 * front, and a big-endian trailer. The size in the trailer is that of everything appended. The checksum is a CRC-32 without
 * the inversion at the end, over all that stands before the trailer.
 */
const magic = 0x46577830;
const trailerBytes = 16;
const headerBytes = 8;
const at = { magic: 0, crc: 4, type: 8, size: 12 } as const;
const types = { signature: 0, info: 1 } as const;

export interface FirmwareTail {
  readonly kind: 'signature' | 'info';
  /** Where it begins. */
  readonly offset: number;
  /** Header and data, without the trailer. */
  readonly content: Uint8Array;
  /** Whether the checksum is that of what stands before. */
  readonly isIntact: boolean;
}

/** The last thing that is appended; undefined when there is none, or its size cannot be. */
export function readFirmwareTail(image: Uint8Array): FirmwareTail | undefined {
  if (image.length < trailerBytes) return undefined;
  const start = image.length - trailerBytes;
  const trailer = Buffer.from(image.subarray(start));
  const type = trailer.readUInt8(at.type);
  const sizeBytes = trailer.readUInt32BE(at.size);
  if (trailer.readUInt32BE(at.magic) !== magic || sizeBytes < trailerBytes || sizeBytes > image.length)
    return undefined;
  if (type !== types.signature && type !== types.info) return undefined;
  const offset = image.length - sizeBytes;
  return {
    kind: type === types.info ? 'info' : 'signature',
    offset,
    content: image.subarray(offset, start),
    isIntact: trailer.readUInt32BE(at.crc) === checksum(image.subarray(0, start)),
  };
}

/** The metadata of a tail: JSON behind the header. */
export function metadataOf({ content }: FirmwareTail): string {
  return Buffer.from(content.subarray(headerBytes)).toString('utf8').replace(/\0+$/u, '');
}

/** An image with metadata appended. `content` is header and data, as `readFirmwareTail` gives it. */
export function appendFirmwareInfo(image: Uint8Array, content: Uint8Array): Uint8Array {
  const before = Buffer.concat([image, content]);
  const trailer = Buffer.alloc(trailerBytes);
  trailer.writeUInt32BE(magic, at.magic);
  trailer.writeUInt32BE(checksum(before), at.crc);
  trailer.writeUInt8(types.info, at.type);
  trailer.writeUInt32BE(content.length + trailerBytes, at.size);
  return Buffer.concat([before, trailer]);
}

function checksum(bytes: Uint8Array): number {
  return ~crc32(bytes) >>> 0;
}
