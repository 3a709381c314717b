import type { Artifact } from '../emit/artifact.ts';
import type { LockSection } from '../lock/lock.ts';
import { createContentMeter } from '../report/content-meter.ts';
import { checkArchitecture, checkFit, findDevice, overlayBytes, type Device } from '../spec/devices.ts';
import type { Target } from '../spec/targets.ts';
import type { Store } from '../store/store.ts';
import type { Tree } from '../tree/node.ts';
import { sizedFiles, sizesByOrigin } from '../tree/sizes.ts';
import type { BuiltTree } from './build-tree.ts';

/** What a kernel takes of memory when it runs. */
const kernelRamBytes = 16 * 1024 * 1024;

/** squashfs with xz in blocks of 256 KiB, beside gzip of each package or file: never less than this. */
const smallestShare = 0.7;

/** The part of the packages' files that has to be in memory; the pages of a squashfs come and go. */
const residentShare = 0.25;

/** Of a kernel in front of the root file system: OpenWrt's own are 2 to 3 MB of LZMA. QEMU is given its kernel beside the disk. */
export function kernelFlashBytes(board: string | undefined): number {
  return board?.startsWith('malta/') === true ? 0 : 2 * 1024 * 1024;
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
 * @throws KilopyError KP2321, KP2322
 */
export function checkExpectedFit(device: Device, board: string | undefined, { architecture, files }: Load): void {
  checkArchitecture(device, architecture);
  const compressed = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  checkFit(device, {
    architecture,
    flashBytes: Math.ceil(compressed * smallestShare) + kernelFlashBytes(board) + overlayBytes,
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
  name: string | undefined,
  sections: readonly LockSection[],
  all: readonly Target[],
): void {
  if (name === undefined) return;
  const device = findDevice(name);
  for (const [i, { packages }] of sections.entries())
    checkExpectedFit(device, device.openwrt?.board, { architecture: architectureOf(device, all[i]), files: packages });
}

/**
 * The trees before anything is made of them, about so much as their files compressed. For builds without a squashfs, which
 * `checkSquashfsFits` measures to the byte. Throws KP2322.
 */
export async function checkTreesFit(
  store: Store,
  name: string | undefined,
  trees: readonly BuiltTree[],
): Promise<void> {
  if (name === undefined) return;
  for (const { tree, target } of trees) {
    const meter = createContentMeter({ keep: () => false, deflateLevel: 9 });
    for (const { node } of sizedFiles(tree))
      if (node.type === 'file') await meter.putStream(store.open(node.content), node.path, '');
    const deflated = [...meter.deflatedBytes.values()].reduce((sum, bytes) => sum + bytes, 0);
    checkRootFits(findDevice(name), target, tree, Math.ceil(deflated * smallestShare));
  }
}

/** A squashfs among the outputs is what flash would hold, to the byte. Throws KP2322. */
export function checkSquashfsFits(
  name: string | undefined,
  trees: readonly BuiltTree[],
  artifacts: readonly Artifact[],
): void {
  if (name === undefined) return;
  for (const { tree, target } of trees) {
    const made = artifacts.find((one) => one.format === 'squashfs' && one.targets.includes(target.name));
    if (made !== undefined) checkRootFits(findDevice(name), target, tree, made.sizeBytes);
  }
}

function checkRootFits(device: Device, target: Target, tree: Tree, rootBytes: number): void {
  checkFit(device, {
    architecture: architectureOf(device, target),
    flashBytes: rootBytes + kernelFlashBytes(device.openwrt?.board) + overlayBytes,
    biggest: sizesByOrigin(tree).map(({ name, sizeBytes }) => ({ name, sizeBytes })),
  });
}

/** The device's own name of a target's processor, else one that it is not. */
function architectureOf(device: Device, target: Target | undefined): string {
  const names = target?.openwrt ?? [];
  return names.includes(device.architecture) ? device.architecture : (names[0] ?? target?.name ?? '');
}
