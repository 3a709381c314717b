import type { EmitInput, EmitTarget } from '../emit/emit-input.ts';
import { squashfsImage } from '../emit/squashfs-output.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import type { LockSection } from '../lock/lock.ts';
import { checkArchitecture, checkFit, findDevice, overlayBytes, type Device } from '../spec/devices.ts';
import type { OutputFormat } from '../spec/outputs.ts';
import type { Target } from '../spec/targets.ts';
import { sizesByOrigin } from '../tree/sizes.ts';
import type { BuildRequest } from './build-request.ts';

/** What a kernel takes of memory when it runs. */
const kernelRamBytes = 16 * 1024 * 1024;

/** squashfs with xz in blocks of 256 KiB, beside gzip of each package or file: never less than this. */
const smallestShare = 0.7;

/** The part of the packages' files that has to be in memory; the pages of a squashfs come and go. */
const residentShare = 0.25;

/** Of a kernel in front of the root file system: OpenWrt's own are 2 to 3 MB of LZMA. QEMU is given its kernel beside the disk. */
function kernelFlashBytes(board: string | undefined): number {
  return board?.startsWith('malta/') === true ? 0 : 2 * 1024 * 1024;
}

/** What OpenWrt has in flash beside the root file system: a kernel, and the least that the overlay can be. */
export function besideRoot(board: string | undefined): number {
  return kernelFlashBytes(board) + overlayBytes;
}

/** Compressed files that a device shall take, with the processor that they are for. */
interface Load {
  readonly architecture: string;
  readonly files: readonly { readonly name: string; readonly sizeBytes: number }[];
}

/**
 * Whether a device can take packages at all, before anything is fetched or built: its processor, and a lower bound of
 * flash and memory.
 *
 * @param besideBytes of flash, for what is no package
 * @throws KilopyError KP2321, KP2322
 */
export function checkExpectedFit(device: Device, besideBytes: number, { architecture, files }: Load): void {
  checkArchitecture(device, architecture);
  const compressed = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  checkFit(device, {
    architecture,
    flashBytes: Math.ceil(compressed * smallestShare) + besideBytes,
    ramBytes: kernelRamBytes + compressed * residentShare,
    biggest: files.toSorted((a, b) => b.sizeBytes - a.sizeBytes),
  });
}

/** Before anything is asked of a server. Throws KP2321. */
export function checkProcessor(name: string | undefined, all: readonly Target[]): void {
  if (name === undefined) return;
  const device = findDevice(name);
  for (const target of all) checkArchitecture(device, architectureOf(device, target));
}

/** The packages of a lock, before they are fetched. Throws KP2321, KP2322. */
export function checkLockFits(
  { device: name, ownKernel = false }: Pick<BuildRequest, 'device' | 'ownKernel'>,
  sections: readonly LockSection[],
  all: readonly Target[],
): void {
  if (name === undefined) return;
  const device = findDevice(name);
  // A kernel of kilopy's is weighed with the firmware that it is a part of.
  const beside = ownKernel ? 0 : besideRoot(device.openwrt?.board);
  for (const [i, { packages }] of sections.entries())
    checkExpectedFit(device, beside, { architecture: architectureOf(device, all[i]), files: packages });
}

/**
 * Whether the root file systems fit, to the byte: each is made as the squashfs that flash would hold, whatever the outputs are. The store
 * remembers it, so that an output `squashfs` costs nothing more.
 *
 * @throws KilopyError KP2322
 */
export async function checkRootsFit(
  ctx: Context,
  name: string | undefined,
  outputs: readonly OutputFormat[],
  input: EmitInput,
): Promise<void> {
  // A service goes onto a system that is there already.
  if (name === undefined || outputs.every((output) => output === 'openwrt-service')) return;
  const device = findDevice(name);
  const kernelBytes = kernelFlashBytes(device.openwrt?.board);
  for (const target of input.targets) {
    const rootBytes = await squashfsBytes(ctx, input, target);
    if (rootBytes === undefined) return;
    const parts = [
      ...sizesByOrigin(target.tree),
      ...(kernelBytes > 0 ? [{ name: 'kernel', sizeBytes: kernelBytes }] : []),
    ];
    checkFit(device, {
      architecture: architectureOf(device, target.target),
      flashBytes: rootBytes + kernelBytes + overlayBytes,
      biggest: parts.toSorted((x, y) => y.sizeBytes - x.sizeBytes),
    });
  }
}

/** Undefined where squashfs-tools are not installed, which is said: a container can be had without. */
async function squashfsBytes(ctx: Context, input: EmitInput, target: EmitTarget): Promise<number | undefined> {
  try {
    return (await squashfsImage(ctx, input, target)).sizeBytes;
  } catch (error) {
    if (!(error instanceof KilopyError) || error.code !== 'KP1003') throw error;
    const text = `whether ${target.target.name} fits into the flash was not measured: ${error.message}`;
    ctx.emit({ type: 'warning', text });
    return undefined;
  }
}

/** The device's own name of a target's processor, else one that it is not. */
function architectureOf(device: Device, target: Pick<Target, 'name' | 'openwrt'> | undefined): string {
  const names = target?.openwrt ?? [];
  return names.includes(device.architecture) ? device.architecture : (names[0] ?? target?.name ?? '');
}
