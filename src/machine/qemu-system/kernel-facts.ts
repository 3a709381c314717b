import { readElf } from '../../codec/elf/read-elf.ts';
import type { ElfFile } from '../../codec/elf/elf-file.ts';

/** What can be known of a kernel file before it is booted. */
export interface KernelFacts {
  readonly form: 'elf' | 'uImage' | 'bzImage' | 'arm64-image' | 'unknown';
  readonly elf?: Pick<ElfFile, 'byteOrder' | 'machine' | 'class'> | undefined;
  /** Bytes that it takes in memory, where the file says so. */
  readonly memoryBytes?: number | undefined;
  /** Whether its text can be searched: an uncompressed Linux. */
  readonly isReadable: boolean;
  /** Whether kilopy's own patch is in it, so that constants may be given. */
  readonly takesMaltaRate: boolean;
  readonly isOpenwrt: boolean;
  readonly has: Readonly<Record<KernelFeature, boolean>>;
}

export type KernelFeature = 'initramfs' | 'squashfs' | 'ext4' | 'pcnet32' | 'virtio-net' | 'ide-disk' | 'virtio-disk';

/** Texts that a kernel with this feature has in its image, whatever its configuration otherwise is. */
const marks: Readonly<Record<KernelFeature, readonly string[]>> = {
  // init/initramfs.c; the texts of do_mounts_initrd.c are left out by some configurations.
  initramfs: ['no cpio magic'],
  squashfs: ['squashfs'],
  ext4: ['EXT4-fs', 'ext4'],
  pcnet32: ['pcnet32'],
  'virtio-net': ['virtio_net_hdr', 'virtio_net'],
  'ide-disk': ['ata_piix'],
  'virtio-disk': ['virtio_blk'],
};

const uImageMagic = [0x27, 0x05, 0x19, 0x56];
/** In the version text of a kernel that OpenWrt's build system compiled. */
const openwrtCompiler = '-openwrt-linux-';
const maltaRateWord = 'malta_count_hz';

/** @param bytes the whole file */
export function readKernelFacts(bytes: Uint8Array): KernelFacts {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const contains = (text: string): boolean => buffer.includes(text, 0, 'latin1');
  const elf = readElf(bytes, 'kernel');
  const has = Object.fromEntries(
    Object.entries(marks).map(([feature, texts]) => [feature, texts.some(contains)]),
  ) as Record<KernelFeature, boolean>;
  return {
    form: formOf(buffer, elf),
    ...(elf === undefined ? {} : { elf, memoryBytes: loadedBytes(buffer, elf) }),
    isReadable: elf !== undefined && contains('/dev/console') && contains('rootfstype='),
    takesMaltaRate: contains(maltaRateWord),
    isOpenwrt: contains(openwrtCompiler),
    has,
  };
}

function formOf(bytes: Buffer, elf: ElfFile | undefined): KernelFacts['form'] {
  if (elf !== undefined) return 'elf';
  if (uImageMagic.every((byte, i) => bytes[i] === byte)) return 'uImage';
  if (bytes.length > 0x206 && bytes.toString('latin1', 0x202, 0x206) === 'HdrS') return 'bzImage';
  if (bytes.length > 60 && bytes.toString('latin1', 56, 60) === 'ARMd') return 'arm64-image';
  return 'unknown';
}

/** Sum of p_memsz of what is loaded (gABI, "Program Header"). */
function loadedBytes(bytes: Buffer, elf: Pick<ElfFile, 'class' | 'byteOrder'>): number {
  const little = elf.byteOrder === 'little';
  const u16 = (at: number): number => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const u32 = (at: number): number => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const u64 = (at: number): number => Number(little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
  const [table, entryBytes, count] = elf.class === 32 ? [u32(28), u16(42), u16(44)] : [u64(32), u16(54), u16(56)];
  let sum = 0;
  for (let at = table; at < table + count * entryBytes; at += entryBytes) {
    if (u32(at) === 1) sum += elf.class === 32 ? u32(at + 20) : u64(at + 40);
  }
  return sum;
}
