import { gunzipSync } from 'node:zlib';
import { readElf } from '../../codec/elf/read-elf.ts';
import type { ElfFile } from '../../codec/elf/elf-file.ts';

/** What can be known of a kernel file before it is booted. */
export interface KernelFacts {
  readonly form: 'elf' | 'uImage' | 'bzImage' | 'arm64-image' | 'unknown';
  readonly elf?: Pick<ElfFile, 'byteOrder' | 'machine' | 'class'> | undefined;
  /** Bytes that it takes in memory, where the file says so. */
  readonly memoryBytes?: number | undefined;
  /** Whether `has` says anything: its configuration is known, or it is an uncompressed Linux, whose texts can be searched. */
  readonly isReadable: boolean;
  /** Whether its configuration is known. */
  readonly isConfigured: boolean;
  /** Whether kilopy's own patch is in it, so that constants may be given. */
  readonly takesMaltaRate: boolean;
  readonly isOpenwrt: boolean;
  readonly has: Readonly<Record<KernelFeature, boolean>>;
  /** Not in it, but a module that was built with it. Known only where the configuration is. */
  readonly isModule: Readonly<Partial<Record<KernelFeature, boolean>>>;
}

export type KernelFeature = 'initramfs' | 'squashfs' | 'ext4' | 'pcnet32' | 'virtio-net' | 'ide-disk' | 'virtio-disk';

/** What switches a feature on; all of them are needed, of those with `|` one. */
const symbols: Readonly<Record<KernelFeature, readonly string[]>> = {
  initramfs: ['BLK_DEV_INITRD'],
  squashfs: ['SQUASHFS'],
  ext4: ['EXT4_FS'],
  pcnet32: ['PCNET32'],
  'virtio-net': ['VIRTIO_NET'],
  // Up to Linux 2.6.18 the option had its older name, under which kernels of old routers were configured.
  'ide-disk': ['ATA_PIIX|SCSI_ATA_PIIX', 'BLK_DEV_SD'],
  'virtio-disk': ['VIRTIO_BLK'],
};

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

/**
 * @param bytes the whole file
 * @param config its `.config`, where that is known; else the one inside it (CONFIG_IKCONFIG), or the texts of the image say what it has
 */
export function readKernelFacts(bytes: Uint8Array, config: string | undefined = embeddedConfig(bytes)): KernelFacts {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const contains = (text: string): boolean => buffer.includes(text, 0, 'latin1');
  const elf = readElf(bytes, 'kernel');
  const state = config === undefined ? undefined : readSymbols(config);
  const isOn = (symbol: string, values: readonly string[]): boolean =>
    symbol.split('|').some((name) => values.includes(state?.get(name) ?? ''));
  const has = features((name) =>
    state === undefined ? marks[name].some(contains) : symbols[name].every((symbol) => isOn(symbol, ['y'])),
  );
  const isModule = features((name) => !has[name] && symbols[name].every((symbol) => isOn(symbol, ['y', 'm'])));
  return {
    form: formOf(buffer, elf),
    ...(elf === undefined ? {} : { elf, memoryBytes: loadedBytes(buffer, elf) }),
    isConfigured: state !== undefined,
    isReadable: state !== undefined || (elf !== undefined && contains('/dev/console') && contains('rootfstype=')),
    takesMaltaRate: contains(maltaRateWord),
    isOpenwrt: contains(openwrtCompiler),
    has,
    isModule,
  };
}

function features(isSo: (name: KernelFeature) => boolean): Record<KernelFeature, boolean> {
  const names = Object.keys(symbols) as KernelFeature[];
  return Object.fromEntries(names.map((name) => [name, isSo(name)])) as Record<KernelFeature, boolean>;
}

/** `y` or `m` of everything that is on. */
function readSymbols(config: string): ReadonlyMap<string, string> {
  return new Map([...config.matchAll(/^CONFIG_(\w+)=([ym])$/gm)].map(([, name = '', value = '']) => [name, value]));
}

/** Marks around the compressed configuration (kernel/configs.c). */
const configStart = 'IKCFG_ST';
const mostConfigBytes = 4 * 1024 * 1024;

/** The configuration that a kernel with CONFIG_IKCONFIG carries. */
function embeddedConfig(bytes: Uint8Array): string | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = buffer.indexOf(configStart);
  const end = buffer.indexOf('IKCFG_ED', start + configStart.length);
  if (start < 0 || end < 0) return undefined;
  try {
    const packed = buffer.subarray(start + configStart.length, end);
    return gunzipSync(packed, { maxOutputLength: mostConfigBytes }).toString();
  } catch {
    return undefined;
  }
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
