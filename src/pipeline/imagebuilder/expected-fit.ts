import { checkArchitecture, checkFit, overlayBytes } from '../../spec/devices.ts';
import type { SolvePackage } from '../../solve/problem.ts';
import type { ChosenPackages } from './choose.ts';
import type { Builder } from './open.ts';

/** Of a kernel in front of the root file system: OpenWrt's own are 2 to 3 MB of LZMA. QEMU is given its kernel beside the disk. */
export function kernelFlashBytes(board: string): number {
  return board.startsWith('malta/') ? 0 : 2 * 1024 * 1024;
}

/** What a kernel takes of memory when it runs. */
const kernelRamBytes = 16 * 1024 * 1024;

/** squashfs with xz in blocks of 256 KiB, beside the gzip of each package: never less than this. */
const smallestShare = 0.7;

/** Both kinds of index say how large the file of a package is. */
type SizedPackage = SolvePackage & { readonly sizeBytes?: number | undefined };

/**
 * Whether a device can take the packages at all, before anything is fetched or built: its processor, and a lower bound of
 * flash and memory. The finished root file system is measured again.
 *
 * @throws KilopyError KP2321, KP2322
 */
export function checkExpectedFit(
  { device, architecture, board }: Pick<Builder, 'device' | 'architecture' | 'board'>,
  { plan }: Pick<ChosenPackages, 'plan'>,
): void {
  if (device === undefined) return;
  checkArchitecture(device, architecture);
  const sizes = plan.steps
    .map(({ package: { name, sizeBytes = 0 } }: { package: SizedPackage }) => ({ name, sizeBytes }))
    .toSorted((a, b) => b.sizeBytes - a.sizeBytes);
  const compressed = sizes.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  checkFit(device, {
    architecture,
    flashBytes: Math.ceil(compressed * smallestShare) + kernelFlashBytes(board) + overlayBytes,
    // The pages of a squashfs come and go; a quarter of it in use is little.
    ramBytes: kernelRamBytes + compressed / 4,
    biggest: sizes,
  });
}
