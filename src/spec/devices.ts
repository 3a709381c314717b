import { KilopyError } from '../errors/kilopy-error.ts';
import { suggestion } from './suggestion.ts';

/** A device that kilopy builds firmware or containers for, with what decides whether an image fits. */
export interface Device {
  readonly name: string;
  readonly title: string;
  readonly soc: string;
  readonly byteOrder: 'little' | 'big';
  /** OpenWrt's package architecture. */
  readonly architecture: string;
  readonly ramBytes: number;
  readonly flashBytes: number;
  /** Kernel and root file system together, as OpenWrt's IMAGE_SIZE; undefined where no image is written to flash. */
  readonly imageBytes: number | undefined;
  /** OpenWrt's target and profile; undefined where OpenWrt does not know the device. */
  readonly openwrt:
    | { readonly board: string; readonly profile: string; readonly packages: readonly string[] }
    | undefined;
  /** Where the boot loader puts the kernel. */
  readonly loadAddress: string | undefined;
  /** What MikroTik's own system allows, for devices that come with it. */
  readonly routeros: string | undefined;
  readonly notes: string;
}

const KiB = 1024;
const MiB = 1024 * KiB;

/** Every device, one row each. Figures: OpenWrt's target/linux image makefiles and the commits that added the devices. */
export const devices: readonly Device[] = [
  {
    name: 'glinet_gl-mt300n-v2',
    title: 'GL.iNet GL-MT300N-V2 (Mango)',
    soc: 'MT7628AN, MIPS 24KEc, 580 MHz',
    byteOrder: 'little',
    architecture: 'mipsel_24kc',
    ramBytes: 128 * MiB,
    flashBytes: 16 * MiB,
    imageBytes: 16_064 * KiB,
    openwrt: { board: 'ramips/mt76x8', profile: 'glinet_gl-mt300n-v2', packages: ['kmod-usb-ohci', 'kmod-usb2'] },
    loadAddress: '0x80000000',
    routeros: undefined,
    notes: 'two ports of 100 Mbit/s, USB 2; recovery by web page on 192.168.1.1',
  },
  {
    name: 'glinet_gl-mt1300',
    title: 'GL.iNet GL-MT1300 (Beryl)',
    soc: 'MT7621A, two MIPS 1004Kc, 880 MHz',
    byteOrder: 'little',
    architecture: 'mipsel_24kc',
    ramBytes: 256 * MiB,
    flashBytes: 32 * MiB,
    imageBytes: 32_448 * KiB,
    openwrt: {
      board: 'ramips/mt7621',
      profile: 'glinet_gl-mt1300',
      packages: ['kmod-mt7615-firmware', 'kmod-mt7615e', 'kmod-usb3'],
    },
    loadAddress: '0x80001000',
    routeros: undefined,
    notes: 'three ports of 1 Gbit/s, USB 3, microSD',
  },
  {
    name: 'minew_g1-c',
    title: 'Minew G1-C',
    soc: 'MT7628AN, MIPS 24KEc, 580 MHz',
    byteOrder: 'little',
    architecture: 'mipsel_24kc',
    ramBytes: 128 * MiB,
    flashBytes: 16 * MiB,
    imageBytes: 15_744 * KiB,
    openwrt: {
      board: 'ramips/mt76x8',
      profile: 'minew_g1-c',
      packages: ['kmod-usb-ohci', 'kmod-usb-serial-cp210x', 'kmod-usb2'],
    },
    loadAddress: '0x80000000',
    routeros: undefined,
    notes: 'Bluetooth gateway with nRF52832 behind an internal USB serial port, PoE; in OpenWrt since 21.02',
  },
  {
    name: 'glinet_gl-xe300',
    title: 'GL.iNet GL-XE300 (Puli)',
    soc: 'QCA9531, MIPS 24Kc, 650 MHz',
    byteOrder: 'big',
    architecture: 'mips_24kc',
    ramBytes: 128 * MiB,
    flashBytes: 128 * MiB,
    imageBytes: undefined,
    openwrt: {
      board: 'ath79/nand',
      profile: 'glinet_gl-xe300',
      packages: ['kmod-usb-net-qmi-wwan', 'kmod-usb-serial-option', 'uqmi'],
    },
    loadAddress: '0x80060000',
    routeros: undefined,
    notes: 'LTE, battery, NAND: UBI volumes share the flash, so only the whole of it is a limit',
  },
  {
    name: 'mikrotik_knot',
    title: 'MikroTik KNOT (RB924i-2nD-BT5&BG77)',
    soc: 'QCA9531, MIPS 24Kc, 650 MHz',
    byteOrder: 'big',
    architecture: 'mips_24kc',
    ramBytes: 64 * MiB,
    flashBytes: 128 * MiB,
    imageBytes: undefined,
    openwrt: undefined,
    loadAddress: undefined,
    routeros: 'no containers: the package exists for arm, arm64 and x86 only',
    notes: 'OpenWrt has no profile for it; malta-be runs the same packages under QEMU',
  },
  {
    name: 'malta-be',
    title: 'QEMU malta, big-endian',
    soc: 'MIPS 24Kc (emulated)',
    byteOrder: 'big',
    architecture: 'mips_24kc',
    ramBytes: 256 * MiB,
    flashBytes: 104 * MiB,
    imageBytes: 104 * MiB,
    openwrt: { board: 'malta/be', profile: 'Default', packages: [] },
    loadAddress: '0x80100000',
    routeros: undefined,
    notes: 'ROOTFS_PARTSIZE is the limit; memory is what -m gives',
  },
  {
    name: 'malta-le',
    title: 'QEMU malta, little-endian',
    soc: 'MIPS 24Kc (emulated)',
    byteOrder: 'little',
    architecture: 'mipsel_24kc',
    ramBytes: 256 * MiB,
    flashBytes: 104 * MiB,
    imageBytes: 104 * MiB,
    openwrt: { board: 'malta/le', profile: 'Default', packages: [] },
    loadAddress: '0x80100000',
    routeros: undefined,
    notes: 'ROOTFS_PARTSIZE is the limit; memory is what -m gives',
  },
];

/** A device by its name, or by OpenWrt's profile. Throws KP2320. */
export function findDevice(name: string): Device {
  const wanted = name.toLowerCase().replaceAll('_', '-');
  const found = devices.find((device) => {
    const own = device.name.replaceAll('_', '-');
    return own === wanted || own.split('-').slice(1).join('-') === wanted;
  });
  if (found !== undefined) return found;
  throw new KilopyError('KP2320', `kilopy knows no device "${name}"`, {
    fix: suggestion(
      name,
      devices.map((device) => device.name),
    ),
    data: { device: name },
  });
}

/** What of a build decides whether a device can take it. Sizes in bytes. */
export interface Fit {
  readonly architecture: string;
  /** Kernel and root file system as they lie in flash, with what the overlay needs at least. */
  readonly flashBytes: number;
  /** What has to be in memory at least: kernel, system and its file system in memory. */
  readonly ramBytes?: number | undefined;
  /** By origin, biggest first. */
  readonly biggest: readonly { readonly name: string; readonly sizeBytes: number }[];
}

/** What the overlay needs at least beside a read-only root: two erase blocks of 64 KiB and the journal of jffs2. */
export const overlayBytes: number = 5 * 64 * 1024;

/** Throws KP2321 when a device has another processor than packages are for. */
export function checkArchitecture(device: Device, architecture: string): void {
  if (architecture === device.architecture) return;
  throw new KilopyError('KP2321', `${device.title} runs ${device.architecture}, not ${architecture}`, {
    why: `It is ${device.byteOrder}-endian: ${device.soc}.`,
    data: { device: device.name, architecture },
  });
}

/** Checks what is known, before it is built or after. Throws KP2321, and KP2322 (exit 3) for what is too big. */
export function checkFit(device: Device, fit: Fit): void {
  checkArchitecture(device, fit.architecture);
  const biggest = fit.biggest.slice(0, 5).map(({ name, sizeBytes }) => `${name} ${kilobytes(sizeBytes)}`);
  const refuse = (what: string, needed: number, limit: number): void => {
    if (needed <= limit) return;
    const message = `${device.title}: does not fit by ${kilobytes(needed - limit)}; biggest: ${biggest.join(', ')}`;
    throw new KilopyError('KP2322', message, {
      why: `The image takes ${kilobytes(needed)} of ${what}, and there are ${kilobytes(limit)}.`,
      data: { device: device.name, what, overBytes: needed - limit, limitBytes: limit, neededBytes: needed },
    });
  };
  refuse('flash', fit.flashBytes, device.imageBytes ?? device.flashBytes);
  if (fit.ramBytes !== undefined) refuse('memory', fit.ramBytes, device.ramBytes);
}

function kilobytes(bytes: number): string {
  return `${String(Math.ceil(bytes / 1000))} kB`;
}
