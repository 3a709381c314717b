import { crc32 } from 'node:zlib';
import { appendFirmwareInfo, metadataOf, readFirmwareTail } from '../codec/fwtool.ts';
import { KilopyError } from '../errors/kilopy-error.ts';

/**
 * An image for `sysupgrade` of OpenWrt's ramips targets (target/linux/ramips/image/Makefile): a kernel in U-Boot's legacy
 * format, the root file system (squashfs) right behind it or at the next erase block, padding, metadata of fwtool.
 */
export interface Sysupgrade {
  /** Everything before the root file system. */
  readonly kernel: Uint8Array;
  readonly root: Uint8Array;
  /** As fwtool keeps it: header and JSON. */
  readonly info: Uint8Array;
  /** `glinet,gl-mt300n-v2` ... */
  readonly supportedDevices: readonly string[];
  /** There was a signature over it, which a changed image does not have. */
  readonly wasSigned: boolean;
}

const uImage = {
  magic: 0x27051956,
  headerBytes: 64,
  headerCrc: 4,
  size: 12,
  dataCrc: 24,
  os: 28,
  arch: 29,
  type: 30,
} as const;
const linuxKernelOfMips = { os: 5, arch: 5, type: 2 } as const;
/** fs/squashfs/squashfs_fs.h, little endian. */
const squashfs = { magic: 'hsqs', compression: 20, usedBytes: 40, headerBytes: 96, xz: 4 } as const;
const eraseBlockBytes = 64 * 1024;
/** padjffs2 of OpenWrt's firmware-utils: behind it the flash is free for changes. */
const freeMark = Buffer.from('deadc0de', 'hex');

/** Takes an image apart. Throws KP7405 for every other form, and for a damaged one. */
export function readSysupgrade(image: Uint8Array, source: string): Sysupgrade {
  const refuse = (why: string): never => {
    throw new KilopyError('KP7405', `${source} is no sysupgrade image that kilopy can re-pack`, { where: source, why });
  };
  let end = image.length;
  let wasSigned = false;
  let tail = readFirmwareTail(image);
  while (tail?.kind === 'signature') {
    wasSigned = true;
    end = tail.offset;
    tail = readFirmwareTail(image.subarray(0, end));
  }
  if (tail === undefined) return refuse('it ends without the metadata of fwtool');
  if (!tail.isIntact) return refuse('the checksum of its metadata is wrong');
  const supportedDevices = devicesOf(metadataOf(tail));
  if (supportedDevices === undefined) return refuse('its metadata do not say which devices it is for');
  const body = Buffer.from(image.subarray(0, tail.offset));
  const kernelEnd = kernelBytes(body, refuse);
  const start = rootStart(body, kernelEnd);
  if (start === undefined) return refuse('no squashfs follows the kernel');
  const usedBytes = Number(body.readBigUInt64LE(start + squashfs.usedBytes));
  if (usedBytes < squashfs.headerBytes || start + usedBytes > body.length) return refuse('its squashfs is cut off');
  return {
    kernel: body.subarray(0, start),
    root: body.subarray(start, start + usedBytes),
    info: tail.content,
    supportedDevices,
    wasSigned,
  };
}

/**
 * The same image with another root file system. Kernel and metadata stay byte for byte.
 *
 * @param root squashfs with xz, which is what OpenWrt's kernels read
 * @param limitBytes of kernel, root file system and padding
 * @throws KilopyError KP7406 for another root file system, and for one that is too large
 */
export function writeSysupgrade(parts: Sysupgrade, root: Uint8Array, limitBytes: number, source: string): Uint8Array {
  const bytes = Buffer.from(root);
  const isSquashfs = bytes.length >= squashfs.headerBytes && bytes.toString('latin1', 0, 4) === squashfs.magic;
  if (!isSquashfs || bytes.readUInt16LE(squashfs.compression) !== squashfs.xz) {
    throw new KilopyError('KP7406', `${source} cannot be the root file system`, {
      where: source,
      why: isSquashfs ? 'it is not compressed with xz' : 'it is no squashfs',
      fix: 'kilopy imagebuilder image and --output squashfs make one',
    });
  }
  const content = Buffer.concat([parts.kernel, bytes.subarray(0, Number(bytes.readBigUInt64LE(squashfs.usedBytes)))]);
  const padded = Buffer.alloc(Math.ceil(content.length / eraseBlockBytes) * eraseBlockBytes, 0xff);
  content.copy(padded);
  const body = Buffer.concat([padded, freeMark]);
  if (body.length > limitBytes) {
    throw new KilopyError('KP7406', `the image would be too large for the device`, {
      where: source,
      why: `it has ${String(body.length)} bytes, and ${String(limitBytes)} fit`,
      data: { sizeBytes: body.length, limitBytes },
    });
  }
  return appendFirmwareInfo(body, parts.info);
}

/** Bytes of the uImage at the start, its checksums compared. */
function kernelBytes(body: Buffer, refuse: (why: string) => never): number {
  if (body.length < uImage.headerBytes || body.readUInt32BE(0) !== uImage.magic)
    return refuse('it does not begin with a kernel in U-Boot’s legacy format');
  const header = Buffer.from(body.subarray(0, uImage.headerBytes));
  const announced = header.readUInt32BE(uImage.headerCrc);
  header.writeUInt32BE(0, uImage.headerCrc);
  if (crc32(header) !== announced) return refuse('the checksum of its kernel’s header is wrong');
  for (const field of ['os', 'arch', 'type'] as const)
    if (header.readUInt8(uImage[field]) !== linuxKernelOfMips[field]) return refuse('it is no Linux kernel of MIPS');
  const end = uImage.headerBytes + header.readUInt32BE(uImage.size);
  if (end > body.length || crc32(body.subarray(uImage.headerBytes, end)) !== header.readUInt32BE(uImage.dataCrc))
    return refuse('the checksum of its kernel is wrong');
  return end;
}

/** Where OpenWrt's kernel looks for it: right behind the kernel, else at erase blocks (mtd_find_rootfs_from). */
function rootStart(body: Buffer, kernelEnd: number): number | undefined {
  for (let start = kernelEnd; start + squashfs.headerBytes <= body.length;) {
    if (body.toString('latin1', start, start + 4) === squashfs.magic) return start;
    start = (Math.floor(start / eraseBlockBytes) + 1) * eraseBlockBytes;
  }
  return undefined;
}

function devicesOf(text: string): readonly string[] | undefined {
  try {
    const { supported_devices: found } = JSON.parse(text) as { readonly supported_devices?: unknown };
    if (!Array.isArray(found) || found.length === 0) return undefined;
    return found.filter((one): one is string => typeof one === 'string');
  } catch {
    return undefined;
  }
}
